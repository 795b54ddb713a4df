#!/usr/bin/env python3
"""docs/openapi.yaml against the server: every answer has the members that it promises, and no others."""

import re
import unittest
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

from support.admin import ask, ask_until
from support.case import ProxyTest, main
from support.clients import curl

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
         "null": type(None)}


class Schemas:
    """As much of JSON Schema as the document uses."""

    def __init__(self, schemas):
        self._schemas = schemas

    def errors(self, value, schema, at):
        """What is wrong with `value`, one line each."""
        if "$ref" in schema:
            return self.errors(value, self._schemas[schema["$ref"].rsplit("/", 1)[-1]], at)
        if "oneOf" in schema:
            found = [self.errors(value, one, at) for one in schema["oneOf"]]
            return [] if [] in found else sum(found, [])
        return [*self._errors_of_value(value, schema, at), *self._errors_inside(value, schema, at)]

    def _errors_of_value(self, value, schema, at):
        types = schema.get("type", [])
        types = types if isinstance(types, list) else [types]
        if types and not any(self._is(value, name) for name in types):
            yield f"{at} is {value!r}, not {types}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at} is {value!r}, not one of {schema['enum']}"
        if "const" in schema and value != schema["const"]:
            yield f"{at} is {value!r}, not {schema['const']!r}"
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            yield f"{at} is {value!r}, not as {schema['pattern']}"
        if self._is(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{at} is {value}, out of bounds"

    def _errors_inside(self, value, schema, at):
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            yield from (f"{at} has no {name}" for name in schema.get("required", []) if name not in value)
            if schema.get("additionalProperties") is False:
                yield from (f"{at} has {name}" for name in value if name not in properties)
            for name in value.keys() & properties.keys():
                yield from self.errors(value[name], properties[name], f"{at}.{name}")
        if isinstance(value, list):
            if len(value) > schema.get("maxItems", len(value)):
                yield f"{at} has {len(value)} items"
            for number, item in enumerate(value):
                yield from self.errors(item, schema["items"], f"{at}[{number}]")

    @staticmethod
    def _is(value, name):
        return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


@unittest.skipUnless(yaml, "there is no python3-yaml")
class OpenApiTest(ProxyTest):
    BACKENDS = 2
    CONFIG = {"control": {"links": {"grafana": "http://localhost:3001/d/quic-proxy-performance"}},
              "health_check": {"enabled": True, "interval": "200ms", "timeout": "100ms", "path": "/"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        document = yaml.safe_load((Path(__file__).parents[1] / "docs" / "openapi.yaml").read_text())
        cls.schemas = Schemas(document["components"]["schemas"])

    def assert_answers(self, path, name, status=200, method="GET"):
        answer = ask(self.proxy.control_port, path, method)

        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.fields["content-type"], "application/json")
        self.assertEqual(list(self.schemas.errors(answer.json(), {"$ref": name}, name)), [])

    def test_reading_answers_as_documented(self):
        for _ in range(4):
            curl("h3", self.proxy.url("h3"))
        ask_until(lambda answer: answer.json()["series"], self.proxy.control_port, "/api/series")

        for path, name in (("/api/status", "Status"), ("/api/backends", "Backends"), ("/api/series", "Series"),
                           ("/api/activity", "ActivityList"), ("/routes", "Routes"),
                           ("/connections", "Connections")):
            with self.subTest(path):
                self.assert_answers(path, name)

    def test_changing_answers_as_documented(self):
        for path, name, status in (("/api/backend/drain?name=backend1", "Backend", 202),
                                   ("/api/backend/undrain?name=backend1", "Backend", 202),
                                   ("/api/load/start?rate=10&seconds=1", "Load", 200),
                                   ("/api/load/stop", "Load", 200),
                                   ("/api/crash", "Backend", 202)):
            with self.subTest(path):
                self.assert_answers(path, name, status, "POST")
        self.assert_answers("/api/activity", "ActivityList")

    def test_refusals_are_as_documented(self):
        for path, status, method in (("/nothing", 404, "GET"), ("/api/status", 405, "POST"),
                                     ("/api/backend/stop?name=x", 404, "POST"),
                                     ("/api/backend/stop", 400, "POST")):
            with self.subTest(path):
                self.assert_answers(path, "Error", status, method)

    def test_what_is_wrong_would_be_seen(self):
        backend = {"name": "b", "extra": 1}

        errors = list(self.schemas.errors(backend, {"$ref": "Backend"}, "Backend"))

        self.assertIn("Backend has extra", errors)
        self.assertIn("Backend has no state", errors)
        self.assertEqual(len(list(self.schemas.errors("soon", {"$ref": "Time"}, "Time"))), 1)


if __name__ == "__main__":
    main()
