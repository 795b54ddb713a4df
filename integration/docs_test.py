#!/usr/bin/env python3
"""The commands of the documents, run as they stand there.

Each block of a document (all of the tree's that end in .md) that is marked `bash` or `sh` is run against a proxy with three
backends, from a folder that looks like the tree; only the ports are other ones. A block that can't be run here says why in a
comment before it:

    <!-- not run: needs a cluster -->
"""

import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.case import ProxyTest, main
from support.proxy import BINARY, ROOT, certificates

BLOCK = re.compile(r"(?ms)^(?P<indent> *)(?:<!-- not run: (?P<reason>[^\n]+) -->\n+(?P=indent))?"
                   r"```(?:bash|sh)\n(?P<text>.*?)^(?P=indent)```$")
BLOCK_SECONDS = 60
ELSEWHERE = {".git", "build", "node_modules", "third_party"}  # other people's texts


def documents():
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - ELSEWHERE)
        found += [Path(folder, name) for name in sorted(names) if name.endswith(".md")]
    return found


def anchors(path):
    """The anchors that a page of the document has: one a heading."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text())
    headings = [heading.replace("`", "").lower() for heading in re.findall(r"(?m)^#+ (.+)$", text)]
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


def blocks(path):
    """[(line number, commands, why they are not run or None)]"""
    text = path.read_text()
    return [(text.count("\n", 0, match.start("text")), re.sub(rf"(?m)^{match['indent']}", "", match["text"]),
             match["reason"]) for match in BLOCK.finditer(text)]


def run(commands, folder, environment):
    """(exit code, output). What does not end is killed, with all that it has started."""
    process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=BLOCK_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0] + "[does not end]"
    return process.returncode, output


class CommandsTest(ProxyTest):
    BACKENDS = 3
    CONFIG = {"telemetry": {"metrics": {"enabled": True, "address": "127.0.0.1:0"}}}

    def tree(self):
        """A folder like the tree, with the binary built and certificates made."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for entry in ROOT.iterdir():
            if entry.name not in ("build", "certs", ".git"):
                (folder / entry.name).symlink_to(entry)
        (folder / "certs").symlink_to(certificates())
        (folder / "build").mkdir()
        (folder / "build" / "tools").symlink_to(ROOT / "build" / "tools")
        (folder / "build" / "quic-proxy").symlink_to(BINARY)
        (folder / "FILE").symlink_to(ROOT / "configs" / "local.yaml")
        (folder / "bin").mkdir()
        (folder / "bin" / "quic-proxy").symlink_to(BINARY)
        curl = folder / "bin" / "curl"
        curl.write_text(f'#!/bin/sh\nexec "{ROOT}/tools/http3-curl" -q --noproxy "*" --fail-with-body --max-time 20 "$@"\n')
        curl.chmod(0o755)
        return folder

    def with_ports(self, commands):
        listening = self.proxy.find_lines(msg="Listening")[0]
        ports = {443: listening["port"], 80: listening["fallback_port"], 8888: listening["health_port"],
                 8889: listening.get("control_port"), 9090: listening.get("metrics_port")}
        text = re.sub(r"http://localhost/", "http://localhost:80/", commands)
        return re.sub(r"(?<=localhost:)(\d+)", lambda match: str(ports.get(int(match[1])) or match[1]), text)

    def test_every_block_runs_or_says_why_not(self):
        folder = self.tree()
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "QUIC_PROXY": BINARY}
        count = 0
        for path in documents():
            for line, commands, reason in blocks(path):
                count += 1
                if reason:
                    continue
                with self.subTest(f"{path.relative_to(ROOT)}:{line}"):
                    code, output = run(self.with_ports(commands), folder, environment)
                    self.assertEqual(code, 0, commands + output)
        self.assertGreater(count, 5)


class TargetsTest(unittest.TestCase):
    def test_every_make_target_that_is_named_exists(self):
        makefile = (ROOT / "Makefile").read_text()
        targets = set(re.findall(r"(?m)^([\w-]+):", makefile))
        for path in documents():
            for _, commands, _ in blocks(path):
                for target in re.findall(r"(?m)^ *(?:sudo )?make ([\w-]+)", commands):
                    self.assertIn(target, targets, path.name)


class LinksTest(unittest.TestCase):
    def links(self, path):
        """[(the file, the anchor or "")] that the document links."""
        found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", path.read_text())
        return [(path.parent / target if target else path, anchor) for target, anchor in found if "://" not in target]

    def test_every_file_and_heading_that_is_linked_exists(self):
        for path in documents():
            for target, anchor in self.links(path):
                with self.subTest(f"{path.relative_to(ROOT)}: {target.name}#{anchor}"):
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target))

    def test_every_document_can_be_reached_from_the_readme(self):
        reached, waiting = set(), [ROOT / "README.md"]
        while waiting:
            path = waiting.pop().resolve()
            if path.suffix == ".md" and path not in reached:
                reached.add(path)
                waiting += [target for target, _ in self.links(path)]

        self.assertEqual(set(documents()) - reached, set())

    def test_every_picture_is_shown_somewhere(self):
        shown = {target.resolve() for path in documents() for target, _ in self.links(path)}

        self.assertEqual(set((ROOT / "docs" / "images").iterdir()) - shown, set())


if __name__ == "__main__":
    main()
