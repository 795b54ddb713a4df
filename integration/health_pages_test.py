#!/usr/bin/env python3
"""The pages that tell whether the proxy is well, on a listener of their own and on the plain one."""

import datetime
import signal
import socket
import time

from support.admin import ask
from support.backend import response
from support.case import ProxyTest, main
from support.clients import curl, start_curl


class HealthPagesTest(ProxyTest):
    BACKENDS = 2

    def assert_summary(self, answer):
        page = answer.json()
        self.assertEqual(list(page), ["status", "healthy_backends", "total_backends", "timestamp"])
        self.assertEqual((page["status"], page["healthy_backends"], page["total_backends"]), ("healthy", 2, 2))
        told = datetime.datetime.strptime(page["timestamp"], "%Y-%m-%dT%H:%M:%SZ")
        told = told.replace(tzinfo=datetime.timezone.utc)
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - told), datetime.timedelta(minutes=1))

    def test_health_is_told_on_both_listeners(self):
        for port in (self.proxy.health_port, self.proxy.plain_port):
            answer = ask(port, "/health")

            self.assertEqual((answer.status, answer.fields["content-type"]), (200, "application/json"))
            self.assert_summary(answer)

    def test_head_has_the_fields_alone(self):
        for port in (self.proxy.health_port, self.proxy.plain_port):
            answer = ask(port, "/health", "HEAD")

            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertGreater(int(answer.fields["content-length"]), 0)

    def test_only_the_page_itself_is_taken_from_the_backends(self):
        for wire, path, method in (("plain", "/health/deep", "GET"), ("plain", "/health", "POST"),
                                   ("tls", "/health", "GET"), ("h3", "/health", "GET")):
            with self.subTest(wire=wire, path=path, method=method):
                got = curl(wire, self.proxy.url(wire, path), "-X", method)

                self.assertIn(b"hello from backend", got.body)

    def test_a_switch_leaves_the_page_to_the_backends(self):
        proxy = self.start_proxy(self.backends, {"health": {"on_fallback": False}})

        self.assertIn(b"hello from backend", curl("plain", proxy.url("plain", "/health")).body)
        self.assert_summary(ask(proxy.health_port, "/health"))

    def test_the_listener_may_be_off(self):
        proxy = self.start_proxy(self.backends, {"health": {"address": "off"}})

        self.assertEqual(proxy.health_port, 0)
        self.assert_summary(ask(proxy.plain_port, "/health"))

    def test_other_paths_and_methods_are_refused_in_json(self):
        unknown = ask(self.proxy.health_port, "/secret")
        wrong = ask(self.proxy.health_port, "/health", "POST", b"x")

        self.assertEqual((unknown.status, unknown.json()["error"]), (404, "unknown_path"))
        self.assertEqual((wrong.status, wrong.json()["error"]), (405, "wrong_method"))
        self.assertEqual(wrong.fields["allow"], "OPTIONS, GET, HEAD")

    def test_a_silent_client_keeps_nobody_else_waiting(self):
        with socket.create_connection(("127.0.0.1", self.proxy.health_port)) as silent:
            silent.sendall(b"GET /health HT")

            self.assertEqual(ask(self.proxy.health_port, "/healthz").text, "ok\n")

    def test_a_proxy_that_drains_is_alive_and_not_ready(self):
        self.backend.handler = lambda *_: time.sleep(2) or response(200, b"late")
        proxy = self.start_proxy(self.backends[:1])
        self.assertEqual((ask(proxy.health_port, "/readyz").status, ask(proxy.health_port, "/healthz").status),
                         (200, 200))
        client = start_curl("plain", proxy.url("plain", "/late"))
        self.backend.wait_for_requests(1)

        proxy.signal(signal.SIGTERM)
        proxy.wait_for_line(msg="Draining")

        self.assertEqual((ask(proxy.health_port, "/readyz").status, ask(proxy.health_port, "/healthz").status),
                         (503, 200))
        self.assertEqual(client.communicate()[0], b"late")
        self.assertEqual(proxy.wait_for_exit(), 0)


if __name__ == "__main__":
    main()
