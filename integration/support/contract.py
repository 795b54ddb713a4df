"""The control API as docs/openapi.yaml describes it: which answers it allows."""

import json
import re
from pathlib import Path

import jsonschema
import yaml

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


class Contract:
    def __init__(self):
        self.document = yaml.safe_load(DOCUMENT.read_text())
        # Schemas refer to each other from the document's root, so that is where a validator has to begin.
        self._root = {"components": self.document["components"]}

    def operations(self):
        """(path, method, operation) of everything described."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def complaint(self, schema, value):
        """Why the value does not meet the named or given schema; None if it does."""
        if isinstance(schema, str):
            schema = {"$ref": f"#/components/schemas/{schema}"}
        found = jsonschema.Draft202012Validator({**self._root, **schema}).iter_errors(value)
        best = jsonschema.exceptions.best_match(found)
        return None if best is None else f"{'/'.join(map(str, best.absolute_path)) or 'the answer'}: {best.message}"

    def complaint_about(self, path, method, answer):
        """Why the operation may not be answered like this; None if it may."""
        responses = self.document["paths"][path][method.lower()]["responses"]
        described = self._resolved(responses.get(str(answer.status), responses["default"]))
        (expected, content), = described["content"].items()
        media_type = answer.fields["content-type"].split(";")[0]
        if media_type != expected:
            return f"{answer.status} with {media_type}, not {expected}"
        if str(answer.status) not in responses and answer.status < 400:
            return f"{answer.status} is not described"
        return self.complaint(content["schema"], json.loads(answer.body)) if expected == "application/json" else None

    def _resolved(self, part):
        while "$ref" in part:
            name = part["$ref"]
            part = self.document
            for key in name.removeprefix("#/").split("/"):
                part = part[key]
        return part


class Events:
    """A stream of /api/events that is being read, as (type, id, parsed data)."""

    def __init__(self, response):
        self._response = response

    def __iter__(self):
        kind, number, data = "message", None, []
        for line in iter(self._response.readline, b""):
            name, _, value = line.decode().rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "id":
                number = int(value)
            elif name == "data":
                data.append(value)
            elif name == "" and data and not value:
                yield kind, number, json.loads("\n".join(data))
                kind, number, data = "message", None, []


def named_paths(text):
    """The paths that a page of the documentation names: GET /api/status, POST /api/crash …"""
    return set(re.findall(r"(?:GET|POST)?\s?(/(?:api/[a-z/]+[a-z]|connections|routes|config_dump))", text))
