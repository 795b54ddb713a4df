#!/usr/bin/env python3
"""The example backends behind the proxy, and tools/run, which starts all of it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from types import SimpleNamespace

from support.case import ProxyTest, main
from support.clients import WIRES, curl
from support.process_backends import free_port
from support.proxy import BINARY, DIE_WITH_PARENT, ROOT, certificates

PYTHON = ["python3", "examples/python-backend/server.py", "--port", "0", "--name", "backend1"]
CPP = [os.environ.get("CPP_BACKEND", "build/cpp-backend"), "backend1", "0"]
NODE = ["node", "examples/node-backend/server.js"]
START_SECONDS = 30


class Program:
    """A program of ours that runs while the `with` block does, and ends by SIGTERM, which its children get as well: npm
    and shells don't hand it on."""

    def __init__(self, command, env=None):
        self._process = subprocess.Popen([*DIE_WITH_PARENT, *command], cwd=ROOT, env={**os.environ, **(env or {})},
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self.exit_code = self._wait()
        self._process.stdout.close()

    def read_until(self, pattern):
        """The match in the first line of output that has one."""
        watchdog = threading.Timer(START_SECONDS, self._kill)
        watchdog.start()
        seen = []
        for line in self._process.stdout:
            seen.append(line)
            if match := re.search(pattern, line):
                watchdog.cancel()
                return match
        watchdog.cancel()
        raise AssertionError(f"no {pattern!r} in {seen}")

    def _kill(self):
        os.killpg(self._process.pid, signal.SIGKILL)

    def _wait(self):
        try:
            self._process.communicate(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            raise
        return self._process.returncode


class ExampleBackendTest(ProxyTest):
    BACKENDS = 0

    def serve(self, command, env=None):
        program = self.enterContext(Program(command, env))
        url = program.read_until(r"listens on (http://\S+)")[1].replace("localhost", "127.0.0.1")
        return self.start_proxy([SimpleNamespace(name="backend1", url=url)], {"health": {"on_fallback": False}})

    def assert_answers(self, proxy):
        for wire in WIRES:
            with self.subTest(wire):
                self.assertEqual(curl(wire, proxy.url(wire)).body, b"Hello from backend1\n")
                self.assertEqual(json.loads(curl(wire, proxy.url(wire, "/health")).body)["status"], "healthy")
                got = curl(wire, proxy.url(wire, "/api/status?x=1"), body=b"away with it")
                status = json.loads(got.body)
                self.assertEqual((got.get("x-backend"), status["backend"], status["method"], status["path"]),
                                 ("backend1", "backend1", "POST", "/api/status?x=1"))
                self.assertIn("localhost", [value.partition(":")[0] for name, value in status["headers"]
                                            if name.lower() == "host"])
                self.assertEqual(curl(wire, proxy.url(wire, "/none")).status, 404)
                head = curl(wire, proxy.url(wire), "--head")
                self.assertEqual((head.status, head.get("content-length")), (200, "20"))
        lines = proxy.find_lines(msg="request")
        self.assertEqual({line["attempts"] for line in lines}, {1})

    def test_the_one_in_python_answers_through_the_proxy(self):
        self.assert_answers(self.serve(PYTHON))

    def test_the_one_in_cpp_answers_through_the_proxy(self):
        self.assert_answers(self.serve(CPP))

    @unittest.skipUnless(shutil.which("node"), "there is no Node.js")
    def test_the_one_in_node_answers_through_the_proxy(self):
        self.assert_answers(self.serve(NODE, {"PORT": "0", "NAME": "backend1", "HOST": "127.0.0.1"}))

    @unittest.skipUnless(shutil.which("npm"), "there is no npm")
    def test_npm_installs_and_starts_the_one_in_node(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "node-backend")
            shutil.copytree(ROOT / "examples" / "node-backend", copy, ignore=shutil.ignore_patterns("node_modules"))
            installed = subprocess.run(["npm", "--prefix", copy, "install", "--offline"], timeout=60,
                                       capture_output=True, text=True)
            self.assertEqual(installed.returncode, 0, installed.stderr)
            with Program(["npm", "--prefix", copy, "start"], {"PORT": "0", "NAME": "mine"}) as program:
                program.read_until(r"^mine listens on http://localhost:\d+$")


class TwoCommandStartTest(ProxyTest):
    BACKENDS = 0

    def run_it(self, **environment):
        """tools/run with its configuration, but for what would collide with a proxy that runs on this machine already."""
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "local.yaml")
        text = (ROOT / "configs" / "local.yaml").read_text()
        text = re.sub(r'address: "(:\d+)"', 'address: "127.0.0.1:0"', text).replace("certs/", f"{certificates()}/")
        path.write_text(text.replace("control:\n", 'control:\n  address: "127.0.0.1:0"\n') +
                        'health: {address: "127.0.0.1:0"}\n')
        ports = {"ADDRESS": f"127.0.0.1:{free_port()}", "FALLBACK_ADDRESS": f"127.0.0.1:{free_port()}"}
        return Program(["tools/run", path], {**ports, "QUIC_PROXY": BINARY, **environment})

    def test_tools_run_runs_backends_and_proxy_and_stops_them(self):
        with self.run_it() as program:
            secure = program.read_until(r"(https://localhost:\d+/api/status)")[1]
            plain = program.read_until(r"(http://localhost:\d+/)")[1]
            backends = program.read_until(r"backends: (\S+)  (\S+)  (\S+)").groups()
            for _ in backends:
                program.read_until(r"Added to load balancer")

            bodies = {curl("plain", plain).body for _ in range(6)}
            self.assertEqual(bodies, {b"Hello from backend%d\n" % number for number in (1, 2, 3)})
            self.assertEqual(curl("h3", secure).status, 200)
        self.assertEqual(program.exit_code, 0)
        for url in (plain, *backends):
            self.assertEqual(curl("plain", url).exit_code, 7, "it is still there")

    def test_tools_run_runs_no_example_in_place_of_a_backend_that_is_there(self):
        mine = self.start_backend(name="mine")

        for given in (("BACKEND2_URL",), ("BACKEND1_URL", "BACKEND2_URL", "BACKEND3_URL")):
            with self.subTest(given), self.run_it(**dict.fromkeys(given, mine.url)) as program:
                plain = program.read_until(r"(http://localhost:\d+/)")[1]
                program.read_until(r'"Listening"')
                for _ in range(3 - len(given)):
                    program.read_until(r"Added to load balancer")

                bodies = {curl("plain", plain).body for _ in range(6)}
                examples = {b"Hello from backend%d\n" % number for number in (1, 2, 3)
                            if f"BACKEND{number}_URL" not in given}
                self.assertEqual(bodies, examples | {b"hello from mine\n"})


if __name__ == "__main__":
    main()
