#!/usr/bin/env python3
"""The life of the process: starting, refusing to start, draining, ending; and the command line around it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from support.backend import response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl, curl_command, start_curl
from support.pattern import PatternCheck, pieces
from support.proxy import BINARY, DIE_WITH_PARENT, ROOT, certificates, configuration

SIZE = 2_000_000
# The tests may run as root, whom no file mode and no port number stops.
WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
WITHOUT_IPV6 = [sys.executable, str(ROOT / "integration" / "support" / "without_ipv6.py")]


def slowly(_request, wire):
    """A download that takes about a second."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
    for piece in pieces(SIZE, piece_size=SIZE // 20):
        wire.send(piece)
        time.sleep(0.05)


class DrainTest(ProxyTest):
    def setUp(self):
        super().setUp()
        self.backend.handler = slowly

    def download(self, proxy, wire):
        process = start_curl(wire, proxy.url(wire, f"/{wire}"))
        self.addCleanup(process.kill)
        return process

    def assert_whole(self, process):
        check = PatternCheck()
        check.feed(process.stdout.read())
        process.stdout.close()
        process.stderr.close()
        self.assertEqual((process.wait(30), check.size, check.wrong_at), (0, SIZE, None))

    def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number.name):
                self.backend.requests = []
                proxy = self.start_proxy(self.backends, {"server": {"workers": 2}})
                processes = [self.download(proxy, wire) for wire in ("h3", "h3", "tls", "plain")]
                idle = self.enterContext(RawClient(proxy))
                self.backend.wait_for_requests(4)
                proxy.signal(number)
                proxy.wait_for_line(msg="Draining")

                self.assertTrue(idle.is_ended(within=2))  # it waited for nothing
                for wire in ("tls", "plain"):
                    self.assertEqual(curl(wire, proxy.url(wire, "/late"), seconds=5).exit_code, 7)
                self.assertNotEqual(curl("h3", proxy.url("h3", "/late"), seconds=2).status, 200)
                for process in processes:
                    self.assert_whole(process)
                self.assertEqual(proxy.wait_for_exit(), 0)
                self.assertNotIn("/late", [request.target for request in self.backend.requests])
                self.assertEqual([line["termination"] for line in proxy.find_lines(msg="request")], ["ok"] * 4)

    def test_a_drained_connection_is_told_so(self):
        self.backend.handler = lambda *_: time.sleep(0.5) or response(200, b"last")
        proxy = self.start_proxy(self.backends)
        with RawClient(proxy) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.backend.wait_for_requests(1)
            proxy.signal(signal.SIGTERM)
            got = client.read_response()

            self.assertEqual((got.body, got.get("connection")), (b"last", "close"))
            self.assertTrue(client.is_ended(within=2))

    def test_a_second_signal_ends_at_once(self):
        proxy = self.start_proxy(self.backends)
        process = self.download(proxy, "h3")
        self.backend.wait_for_requests(1)
        proxy.signal(signal.SIGTERM)
        proxy.wait_for_line(msg="Draining")
        began = time.monotonic()
        proxy.signal(signal.SIGTERM)

        self.assertEqual(proxy.wait_for_exit(), 0)
        self.assertLess(time.monotonic() - began, 15)  # half of shutdown_timeout
        process.communicate()
        self.assertNotEqual(process.returncode, 0)  # cut, and the client knows

    def test_a_drain_that_takes_too_long_is_broken_off_with_exit_code_3(self):
        self.backend.handler = lambda *_: time.sleep(15)
        proxy = self.start_proxy(self.backends, {"server": {"shutdown_timeout": "300ms"}}, expected_exit=3)
        processes = [self.download(proxy, wire) for wire in ("h3", "plain")]
        self.backend.wait_for_requests(2)
        began = time.monotonic()
        proxy.signal(signal.SIGTERM)

        self.assertEqual(proxy.wait_for_exit(), 3)
        self.assertTrue(0.25 < time.monotonic() - began < 12)
        for process in processes:
            process.communicate()
            self.assertNotEqual(process.returncode, 0)

    def test_a_drain_under_load_fails_no_request_that_was_taken(self):
        self.backend.handler = lambda *_: response(200, b"x" * 1000)
        proxy = self.start_proxy(self.backends, {"server": {"workers": 2}})
        load = start_curl("h3", "--parallel", "--parallel-max", "20", "-w", "%{stderr}%{http_code} %{exitcode}\n",
                          "-o", "/dev/null", proxy.url("h3", "/[1-3000]"))
        self.addCleanup(load.kill)
        self.backend.wait_for_requests(300)
        proxy.signal(signal.SIGTERM)

        self.assertEqual(proxy.wait_for_exit(), 0)
        load.communicate()
        lines = proxy.find_lines(msg="request")
        self.assertEqual({(line["status"], line["termination"]) for line in lines}, {(200, "ok")})


class SupervisorTest(ProxyTest):
    def test_whoever_supervises_hears_of_readiness_and_of_the_end(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(f"{folder}/notify")
            supervisor.settimeout(10)
            proxy = self.start_proxy(self.backends, command=["env", f"NOTIFY_SOCKET={folder}/notify"])

            self.assertEqual(supervisor.recv(256), b"READY=1")
            self.assertEqual(curl("h3", proxy.url("h3")).status, 200)
            proxy.signal(signal.SIGTERM)
            self.assertEqual(supervisor.recv(256), b"STOPPING=1")
            self.assertEqual(proxy.wait_for_exit(), 0)


class LogFileTest(ProxyTest):
    def test_sigusr1_begins_a_new_file_after_the_old_one_was_moved(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "proxy.log")
            process = subprocess.Popen(
                [*DIE_WITH_PARENT, BINARY, "-c", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.kill)
            process.stdin.write(json.dumps(configuration(
                self.backends, {"telemetry": {"logging": {"output": str(path)}}})))
            process.stdin.close()
            line = json.loads(self.wait_for(path, "Listening").splitlines()[0])
            url = f"http://localhost:{line['fallback_port']}"
            curl("plain", url + "/old")
            self.wait_for(path, "/old")
            path.rename(path.with_suffix(".1"))
            process.send_signal(signal.SIGUSR1)
            self.wait_for(path, "")
            curl("plain", url + "/new")
            text = self.wait_for(path, "/new")

            self.assertNotIn("/old", text)
            self.assertNotIn("/new", path.with_suffix(".1").read_text())
            process.terminate()
            self.assertEqual((process.wait(10), process.stderr.read()), (0, ""))
            process.stderr.close()

    def wait_for(self, path, text, timeout=10):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if path.exists() and text in (content := path.read_text()):
                return content
            time.sleep(0.02)
        raise AssertionError(f"no {text!r} in {path.name}")


def run(*arguments, config=None, command=(), env=None):
    return subprocess.run([*command, BINARY, *arguments], input=json.dumps(config) if config is not None else None,
                          capture_output=True, text=True, timeout=20, cwd=ROOT,
                          env={**os.environ, **env} if env else None)


class StartTest(unittest.TestCase):
    BACKEND = [{"name": "b", "url": "http://127.0.0.1:9"}]

    def fail_to_start(self, server, command=(), **sections):
        changes = {"backends": self.BACKEND, "server": server, **sections}
        done = run("-c", "-", config=configuration([], changes), command=command)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_a_port_in_use_is_one_clear_line(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = holder.getsockname()[1]
            for key in ("address", "fallback_address"):
                text = self.fail_to_start({key: f"127.0.0.1:{port}"})

                self.assertIn(f"127.0.0.1:{port}: the port is in use", text)
            text = self.fail_to_start({}, health={"address": f"127.0.0.1:{port}"})
            self.assertIn(f"127.0.0.1:{port}: the port is in use", text)

    def test_a_udp_port_in_use_is_noticed_too(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", 0))
            text = self.fail_to_start({"address": f"127.0.0.1:{holder.getsockname()[1]}"})

            self.assertIn("the port is in use", text)

    def test_a_second_proxy_on_the_same_port_does_not_start(self):
        with socket.create_server(("127.0.0.1", 0), reuse_port=True) as holder:
            port = holder.getsockname()[1]
            text = self.fail_to_start({"address": f"127.0.0.1:{port}"})

            self.assertIn("in use", text)

    def test_a_missing_permission_is_one_clear_line(self):
        first_free = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        if first_free <= 1:
            self.skipTest("this system lets everybody listen on every port")
        text = self.fail_to_start({"address": "127.0.0.1:1"}, WITHOUT_PRIVILEGES)

        self.assertIn("need a privilege", text)

    def test_an_unreadable_key_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            key = Path(folder, "secret.key")
            shutil.copy(certificates() / "server.key", key)
            key.chmod(0)
            config = configuration([], {"backends": self.BACKEND, "server": {"tls": {"key_file": str(key)}}})
            done = run("-c", "-", config=config, command=WITHOUT_PRIVILEGES)

        self.assertIn(done.returncode, (1, 2))
        self.assertIn("secret.key", done.stderr)
        self.assertRegex(done.stderr, "(?i)permission")

    def test_an_invalid_configuration_is_told_whole_with_exit_code_2(self):
        config = configuration([], {"backends": [{"name": "b", "url": "ftp://x"}, {"name": "b", "url": "http://y"}],
                                    "server": {"wokers": 2}, "load_balancer": {"algorithm": "random"}})
        for arguments in (("-c", "-"), ("-t", "-c", "-"), ("validate", "-c", "-"), ("-T", "-c", "-")):
            done = run(*arguments, config=config)

            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            for expected in ("ftp", "wokers", "workers", "random", "round_robin"):
                self.assertIn(expected, done.stderr)
            self.assertRegex(done.stderr, r"(?m)^.*:\d+:\d+: ")

    def test_complaints_come_as_json_too(self):
        done = run("validate", "--json", "-c", "-", config={"server": {"wokers": 1}})

        self.assertEqual(done.returncode, 2)
        complaints = json.loads(done.stdout)
        self.assertTrue(any("wokers" in json.dumps(complaint) for complaint in complaints))
        good = run("validate", "--json", "-c", "-", config=configuration([], {"backends": self.BACKEND}))
        self.assertEqual((good.returncode, json.loads(good.stdout)), (0, []))

    def test_a_missing_file_is_one_clear_line(self):
        done = run("-t", "-c", "does/not/exist.yaml")

        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("does/not/exist.yaml", done.stderr)

    def test_the_effective_configuration_can_be_loaded_again(self):
        first = run("-T", "-c", "-", config=configuration([], {"backends": self.BACKEND}))
        self.assertEqual((first.returncode, first.stderr), (0, ""))

        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(first.stdout)
            file.flush()
            second = run("-T", "-c", file.name)
        self.assertEqual(second.stdout, first.stdout)

    def test_a_variable_of_the_environment_is_used(self):
        config = configuration([], {"backends": [{"name": "b", "url": "${THE_BACKEND}"}]})

        done = run("-T", "-c", "-", config=config, env={"THE_BACKEND": "http://somewhere:8080"})
        self.assertIn("http://somewhere:8080", done.stdout)
        self.assertEqual(run("-t", "-c", "-", config=config).returncode, 2)

    def test_versions_are_told(self):
        self.assertRegex(run("-v").stdout, r"^quic-proxy \d+\.\d+\.\d+\n$")
        self.assertEqual(run("--version").stdout, run("-v").stdout)
        text = run("-V").stdout
        for expected in ("OpenSSL 3.", "ngtcp2 1.", "nghttp3 1.", "UDP segmentation", "reuseport steering"):
            self.assertIn(expected, text)

    def test_wrong_usage_is_exit_code_2(self):
        for arguments in (("--nonsense",), ("serve",), ("-c",)):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotEqual(done.stderr, "")
        self.assertEqual(run("--help").returncode, 0)


class WithoutIpv6Test(ProxyTest):
    def test_listeners_without_a_host_take_what_there_is(self):
        if subprocess.run([*WITHOUT_IPV6, "true"], capture_output=True).returncode != 0:
            self.skipTest("system calls can't be filtered here")
        changes = {"server": {"address": ":0", "fallback_address": ":0"}, "health": {"address": ":0"}}
        proxy = self.start_proxy(self.backends, changes, command=WITHOUT_IPV6)

        for wire in WIRES:
            with self.subTest(wire):
                self.assertEqual(curl(wire, proxy.url(wire)).status, 200)


class CertificatesTest(ProxyTest):
    def test_curl_trusts_the_local_authority_and_nobody_else(self):
        self.assertEqual(curl("h3", self.proxy.url("h3")).status, 200)

        other = curl_command("tls", self.proxy.url("tls"))
        other[other.index("--cacert") + 1] = str(ROOT / "LICENSE")
        self.assertNotEqual(subprocess.run(other, capture_output=True, timeout=30).returncode, 0)

    def test_names_and_addresses_may_be_chosen(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("cert", "--dir", folder, "--name", "my.test", "127.0.0.9", "--days", "3")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("--cacert", done.stdout)
            self.assertEqual(Path(folder, "server.key").stat().st_mode & 0o077, 0)

            proxy = self.start_proxy(self.backends, {"server": {"tls": {
                "cert_file": f"{folder}/server.crt", "key_file": f"{folder}/server.key"}}})
            for host, exit_code in (("my.test", 0), ("127.0.0.9", 0), ("other.test", 60)):
                got = curl("tls", proxy.url("tls", "/", host), "--cacert", f"{folder}/ca.crt")
                self.assertEqual(got.exit_code, exit_code, host)


if __name__ == "__main__":
    main()
