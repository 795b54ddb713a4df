#!/usr/bin/env python3
"""A page through the proxy on every wire, the advertisement of HTTP/3, the line in the access log, and the rotation."""

import ssl
import threading
from collections import Counter

from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl


class FirstStepsTest(ProxyTest):
    def test_a_page_arrives_on_every_wire(self):
        for wire, version in (("h3", "3"), ("tls", "1.1"), ("plain", "1.1")):
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire, "/page"))

                self.assertEqual((got.exit_code, got.status, got.body), (0, 200, b"hello from backend1\n"))
                self.assertEqual(got.info["http_version"], version)
                self.assertEqual(got.get("x-backend"), "backend1")

    def test_http3_is_advertised_over_tcp_and_not_over_itself(self):
        for wire in ("tls", "plain"):
            got = curl(wire, self.proxy.url(wire))
            self.assertEqual(got.get("alt-svc"), f'h3=":{self.proxy.port}"; ma=86400', wire)

        self.assertIsNone(curl("h3", self.proxy.url("h3")).get("alt-svc"))

    def test_tls_1_2_and_1_3_are_spoken_over_tcp(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.subTest(name), RawClient(self.proxy, tls=True, tls_version=version) as client:
                got = client.ask(b"GET /tls HTTP/1.1\r\nHost: localhost\r\n\r\n")

                self.assertEqual((got.status, client.sock.version()), (200, name))
                self.assertEqual(client.sock.selected_alpn_protocol(), "http/1.1")

    def test_curl_may_be_held_to_tls_1_2(self):
        got = curl("tls", self.proxy.url("tls", "/old-tls"), "--tls-max", "1.2")

        self.assertEqual(got.status, 200)
        self.assertEqual(self.proxy.access_line("/old-tls")["tls_version"], "TLSv1.2")

    def test_a_request_over_http3_leaves_a_complete_access_line(self):
        curl("h3", self.proxy.url("h3", "/logged?q=1"), "-A", "tester/1", "-e", "http://from.test/", body=b"12345")

        line = self.proxy.access_line("/logged?q=1")
        expected = {"level": "info", "msg": "request", "client_ip": "127.0.0.1", "protocol": "h3",
                    "tls_version": "TLSv1.3", "server_name": "localhost", "method": "POST", "host": "localhost",
                    "path": "/logged?q=1", "referer": "http://from.test/", "user_agent": "tester/1",
                    "backend": "backend1", "status": 200, "bytes_in": 5, "bytes_out": 20, "attempts": 1,
                    "termination": "ok"}
        self.assertEqual({name: line.get(name) for name in expected}, expected)
        for name in ("time", "request_id", "client_port", "tls_cipher", "duration_ms", "first_byte_ms", "upstream_ms",
                     "quic_rtt_ms", "quic_packets_lost", "route"):
            self.assertIn(name, line)
        self.assertGreater(line["quic_rtt_ms"], 0)
        self.assertGreaterEqual(line["duration_ms"], line["first_byte_ms"])

    def test_a_plain_request_leaves_a_line_without_tls_and_quic(self):
        curl("plain", self.proxy.url("plain", "/plain-line"))

        line = self.proxy.access_line("/plain-line")
        self.assertEqual((line["protocol"], line["status"], line["bytes_in"]), ("h1", 200, 0))
        for name in ("tls_version", "tls_cipher", "server_name", "quic_rtt_ms", "quic_packets_lost", "referer"):
            self.assertNotIn(name, line)

    def test_the_backend_is_told_the_request_id_of_the_line(self):
        curl("h3", self.proxy.url("h3", "/identified"))

        line = self.proxy.access_line("/identified")
        self.assertEqual(self.backend.requests[0].get("x-request-id"), line["request_id"])

    def test_hostile_text_in_a_request_does_not_begin_a_new_log_line(self):
        with RawClient(self.proxy) as client:
            client.ask(b'GET /hostile HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \xff"},{"level":"x\r\n\r\n')

        line = self.proxy.access_line("/hostile")  # every line is JSON, or reading it had failed
        self.assertEqual(line["user_agent"], '\ufffd"},{"level":"x')


class CommonLogTest(ProxyTest):
    CONFIG = {"telemetry": {"logging": {"access_log": {"enabled": False}}}}

    def test_no_access_line_is_written_where_that_is_switched_off(self):
        curl("plain", self.proxy.url("plain", "/unseen"))

        self.assertEqual(self.proxy.find_lines(msg="request"), [])


class BalancingTest(ProxyTest):
    BACKENDS = 3

    def ask(self, proxy, count, wire="h3"):
        """Who answered, in order. One curl asks one after the other on one connection."""
        got = curl(wire, proxy.url(wire, f"/[1-{count}]"))
        return [line.removeprefix("hello from ") for line in got.body.decode().splitlines()]

    def test_round_robin_goes_to_each_backend_in_turn(self):
        for wire in WIRES:
            with self.subTest(wire):
                names = self.ask(self.proxy, 9, wire)

                self.assertEqual(set(names[:3]), {"backend1", "backend2", "backend3"})
                self.assertEqual(names, names[:3] * 3)

    def test_weighted_gives_exact_shares_and_no_bursts(self):
        weights = {"backend1": 5, "backend2": 2, "backend3": 1}
        backends = [{"name": backend.name, "url": backend.url, "weight": weights[backend.name]}
                    for backend in self.backends]
        proxy = self.start_proxy(self.backends, {"backends": backends, "load_balancer": {"algorithm": "weighted"}})

        names = self.ask(proxy, 32)

        self.assertEqual(Counter(names), {"backend1": 20, "backend2": 8, "backend3": 4})
        self.assertNotIn("backend1 backend1 backend1 backend1", " ".join(names))

    def test_least_connections_leaves_a_busy_backend_alone(self):
        proxy = self.start_proxy(self.backends, {"load_balancer": {"algorithm": "least_connections"}})
        held = self.enterContext(RawClient(proxy))

        release = threading.Event()
        self.addCleanup(release.set)

        def hold(_request, wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12")
            release.wait(20)  # two bytes are owed until the test is over
            wire.close()

        for backend in self.backends:
            backend.handler = hold
        held.send(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held.read_head()
        busy = next(backend for backend in self.backends if backend.requests)
        for backend in self.backends:
            backend.handler = backend.greet

        names = self.ask(proxy, 8)

        self.assertEqual(len(names), 8)
        self.assertEqual(set(names), {backend.name for backend in self.backends if backend is not busy})

    def test_two_workers_share_the_rotation_fairly(self):
        proxy = self.start_proxy(self.backends, {"server": {"workers": 2}})

        names = [name for _ in range(4) for name in self.ask(proxy, 9, "plain")]

        counts = Counter(names)
        self.assertEqual(sum(counts.values()), 36)
        self.assertLessEqual(max(counts.values()) - min(counts.values()), 4)


if __name__ == "__main__":
    main()
