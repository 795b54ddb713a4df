#!/usr/bin/env python3
"""A new configuration while requests are served: SIGHUP."""

import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from support.admin import ask
from support.backend import response
from support.case import ProxyTest, main
from support.clients import RawClient, curl, curl_command, start_curl
from support.proxy import BINARY, Proxy, certificates, configuration


class ReloadTest(ProxyTest):
    BACKENDS = 3

    def start(self, backends, changes=None):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="quic-proxy-reload-")))
        return self.enterContext(Proxy(configuration(backends, changes), file=self.folder / "proxy.yaml"))

    def served_by(self, proxy, wire="plain"):
        return curl(wire, proxy.url(wire)).get("x-backend")

    def test_requests_go_to_the_new_backends(self):
        proxy = self.start(self.backends[:1])
        self.assertEqual(self.served_by(proxy), "backend1")

        proxy.reload_and_wait(configuration(self.backends[1:2]))

        for wire in ("plain", "tls", "h3"):
            self.assertEqual(self.served_by(proxy, wire), "backend2")
        self.assertEqual(ask(proxy.health_port, "/health").json()["total_backends"], 1)

    def test_a_request_is_served_to_its_end_as_it_began(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.backends[0].handler = lambda *_: release.wait(20) and response(200, b"as it began")
        proxy = self.start(self.backends[:1])
        client = start_curl("h3", proxy.url("h3"))
        self.backends[0].wait_for_requests(1)

        proxy.reload_and_wait(configuration(self.backends[1:2]))
        self.assertEqual(self.served_by(proxy), "backend2")
        release.set()

        self.assertEqual(client.communicate()[0], b"as it began")

    def test_no_request_fails_while_the_configuration_changes_ten_times(self):
        proxy = self.start(self.backends, {"server": {"workers": 2}})
        clients = [subprocess.Popen(curl_command(wire, "-w", "%{http_code}\n", "-o", "/dev/null", "--rate", "60/s",
                                                 proxy.url(wire, "/load/[1-300]"), seconds=90),
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                   for wire in ("h3", "h3", "tls", "plain")]
        self.backends[0].wait_for_requests(1)
        for number in range(10):
            some = self.backends[number % 3:] or self.backends
            proxy.reload_and_wait(configuration(some, {"load_balancer": {"algorithm": "least_connections"}}
                                                if number % 2 else None))
        answers = [client.communicate(timeout=100)[0].split() for client in clients]

        self.assertEqual([client.returncode for client in clients], [0] * 4)
        self.assertEqual(answers, [["200"] * 300] * 4)

    def test_a_kept_backend_keeps_its_connections(self):
        proxy = self.start(self.backends[:1])
        with RawClient(proxy) as client:
            client.ask(b"GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            before = self.backends[0].connections

            proxy.reload_and_wait(configuration(self.backends[:2], {"load_balancer": {"algorithm": "weighted"}}))
            for _ in range(4):
                client.ask(b"GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n")

        self.assertEqual(self.backends[0].connections, before)

    def test_a_file_with_mistakes_changes_nothing(self):
        proxy = self.start(self.backends[:1])

        proxy.reload({**configuration(self.backends[1:2]), "backend": []})
        line = proxy.wait_for_line(level="error", msg="Configuration not reloaded")

        self.assertRegex(line["reason"], r"proxy\.yaml:1:\d+: .*\bbackend\b")
        self.assertEqual(self.served_by(proxy), "backend1")
        proxy.reload_and_wait(configuration(self.backends[1:2]))
        self.assertEqual(self.served_by(proxy), "backend2")

    def test_what_needs_a_restart_is_named(self):
        proxy = self.start(self.backends[:1])

        proxy.reload_and_wait(configuration(self.backends[:1], {"server": {"workers": 2, "address": "127.0.0.1:1"}}))

        keys = [line["key"] for line in proxy.find_lines(msg="Needs a restart; the old value stays")]
        self.assertEqual(keys, ["server.address", "server.workers"])
        self.assertEqual(self.served_by(proxy, "h3"), "backend1")

    def test_access_lines_take_the_form_that_the_file_asks_for(self):
        proxy = self.start(self.backends[:1])
        access_log = {"enabled": True, "format": "template", "template": '{{"path":"{path}","seen":{status}}}'}

        proxy.reload_and_wait(
            configuration(self.backends[:1], {"telemetry": {"logging": {"access_log": access_log}}})
        )
        curl("h3", proxy.url("h3", "/new-form"))

        self.assertEqual(proxy.wait_for_line(path="/new-form"), {"path": "/new-form", "seen": 200})
        self.assertEqual(proxy.find_lines(msg="Needs a restart; the old value stays"), [])

    def test_renewed_certificates_are_shown_to_new_connections(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="quic-proxy-renewed-")))
        for file in ("ca.crt", "server.crt", "server.key"):
            shutil.copy(certificates() / file, folder)
        tls = {"cert_file": f"{folder}/server.crt", "key_file": f"{folder}/server.key"}
        changes = {"server": {"tls": tls}}
        proxy = self.start(self.backends[:1], changes)
        with RawClient(proxy, tls=True) as old:
            first = old.sock.getpeercert(binary_form=True)

            shutil.rmtree(folder)
            subprocess.run([BINARY, "cert", "--dir", str(folder)], check=True, stdout=subprocess.DEVNULL, timeout=20)
            proxy.reload_and_wait(configuration(self.backends[:1], changes))

            for wire in ("h3", "tls"):
                got = curl(wire, proxy.url(wire), "--cacert", str(folder / "ca.crt"))
                self.assertEqual((got.exit_code, got.status), (0, 200), wire)
                self.assertEqual(curl(wire, proxy.url(wire)).exit_code, 60, wire)  # the old authority signs no more
            self.assertEqual(old.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200)
            self.assertTrue(first)

    def test_the_level_of_the_log_changes(self):
        proxy = self.start(self.backends[:1], {"telemetry": {"logging": {"level": "info"}}})

        proxy.reload_and_wait(configuration(self.backends[:1], {"telemetry": {"logging": {"level": "info"}}}))
        proxy.reload(configuration(self.backends[:1], {"telemetry": {"logging": {"level": "error"}}}))
        curl("plain", proxy.url("plain"))
        proxy.reload("{")

        proxy.wait_for_line(level="error", msg="Configuration not reloaded")
        self.assertEqual(len(proxy.find_lines(msg="Configuration reloaded")), 1)

    def test_standard_input_cannot_be_read_again(self):
        self.proxy.signal(signal.SIGHUP)

        line = self.proxy.wait_for_line(level="error", msg="Configuration not reloaded")
        self.assertIn("standard input", line["reason"])
        self.assertTrue(self.proxy.is_running())


if __name__ == "__main__":
    main()
