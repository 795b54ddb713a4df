#!/usr/bin/env python3
"""Backends that misbehave: whatever they do, the client gets an honest answer or none, never half of one."""

import socket
import struct
import tempfile
import time
from collections import Counter

from support.backend import Backend, chunked, response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


def unused_url():
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


class ConnectingTest(ProxyTest):
    def test_a_refused_connection_is_502_and_says_so(self):
        proxy = self.start_proxy([], {"backends": [{"name": "gone", "url": unused_url()}]})
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, proxy.url(wire, f"/{wire}"), seconds=5)

                self.assertEqual((got.status, got.body), (502, b"502 Bad Gateway\n"))
                self.assertRegex(got.get("proxy-status"),
                                 '^quic-proxy; error=connection_refused; next-hop="gone"')
                line = proxy.access_line(f"/{wire}")
                self.assertEqual((line["status"], line["backend"], line["attempts"], line["termination"]),
                                 (502, "gone", 1, "upstream_refused"))

    def test_a_backend_may_listen_at_a_unix_socket(self):
        with tempfile.TemporaryDirectory(prefix="quic-proxy-test-") as folder:
            path = f"{folder}/backend.sock"
            backend = self.enterContext(Backend("app", path=path))
            proxy = self.start_proxy([], {"backends": [{"name": "app", "url": "http://app", "socket": path}]})
            for wire in WIRES:
                with self.subTest(wire):
                    got = curl(wire, proxy.url(wire))
                    self.assertEqual((got.status, got.body), (200, b"hello from app\n"))
            self.assertEqual(backend.connections, 1)
            backend.close()

            gone = curl("h3", proxy.url("h3", "/gone"))

            self.assertEqual(gone.status, 502)
            self.assertEqual(proxy.access_line("/gone")["termination"], "upstream_refused")

    def test_another_backend_takes_over_whatever_the_method(self):
        backends = [{"name": "gone", "url": unused_url()}, {"name": "well", "url": self.backend.url}]
        proxy = self.start_proxy([], {"backends": backends})
        for number in range(4):
            got = curl("h3", proxy.url("h3", f"/{number}"), body=b"x" * 5000)

            self.assertEqual(got.status, 200)
        self.assertEqual([len(request.body) for request in self.backend.requests], [5000] * 4)
        self.assertEqual(max(proxy.access_line(f"/{number}")["attempts"] for number in range(4)), 2)

    def test_a_kept_connection_of_another_backend_takes_over(self):
        backends = [self.start_backend(name=name) for name in ("one", "two", "three")]
        proxy = self.start_proxy(backends)
        with RawClient(proxy, timeout=5) as client:
            before = [client.ask(GET).status for _ in range(6)]
            backends[0].close()
            after = [client.ask(GET).status for _ in range(9)]

        self.assertEqual((before, after), ([200] * 6, [200] * 9))

    def test_a_name_that_does_not_resolve_is_an_error_of_the_gateway(self):
        changes = {"backends": [{"name": "lost", "url": "http://does-not-exist.invalid:80"}],
                   "server": {"timeouts": {"connect": "3s"}}}
        proxy = self.start_proxy([], changes)

        got = curl("h3", proxy.url("h3"), seconds=10)

        self.assertIn(got.status, (502, 503, 504))
        self.assertIn('next-hop="lost"', got.get("proxy-status"))


class HeadsTest(ProxyTest):
    GARBAGE = {
        "no HTTP at all": b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n",
        "a bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "an unreadable status": b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        "a status out of range": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        "another version": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "a space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "a NUL": b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 0\r\n\r\n",
        "a change of protocol nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    }

    def test_a_head_that_breaks_the_rules_is_502(self):
        for name, text in self.GARBAGE.items():
            with self.subTest(name):
                self.backend.handler = lambda *_, text=text: text
                got = curl("h3", self.proxy.url("h3", "/garbage"), seconds=5)

                self.assertEqual(got.status, 502)
                self.assertIn("error=http_protocol_error", got.get("proxy-status"))
        self.assertEqual(self.proxy.access_line("/garbage")["termination"], "upstream_malformed")

    def test_an_end_before_the_head_is_502(self):
        for how in ("close", "reset", "half a head"):
            def end(_request, wire, how=how):
                if how == "half a head":
                    wire.send(b"HTTP/1.1 200 OK\r\nContent-")
                wire.reset() if how == "reset" else wire.close()

            for wire in WIRES:
                with self.subTest(how=how, wire=wire):
                    self.backend.handler = end
                    got = curl(wire, self.proxy.url(wire, "/ended"), body=b"once", seconds=5)

                    self.assertEqual(got.status, 502)
                    self.assertIn("connection_terminated", got.get("proxy-status"))
        self.assertEqual(self.proxy.access_line("/ended")["termination"], "upstream_closed")

    def test_a_post_is_never_sent_twice(self):
        self.backend.handler = lambda _, wire: wire.close()
        with RawClient(self.proxy) as client:
            client.send(POST % 4 + b"once")
            self.assertEqual(client.read_response().status, 502)

        self.assertEqual(len(self.backend.requests), 1)

    def test_a_stale_connection_is_replaced_without_the_client_noticing(self):
        for method in ("GET", "POST"):
            with self.subTest(method):
                body = [] if method == "GET" else ["-d", "x"]
                self.backend.forget()
                self.assertEqual(curl("h3", self.proxy.url("h3")).status, 200)
                self.backend.close_idle_connections()
                got = curl("h3", self.proxy.url("h3"), *body)

                self.assertEqual((got.status, len(self.backend.requests)), (200, 2))

    def test_a_connection_that_ends_when_it_is_used_again_is_retried_for_get(self):
        def only_once(request, wire):
            if request.target == "/second" and self.served[request.connection] > 0:
                wire.reset()  # as if the keep-alive time had run out this very moment
                return None
            self.served[request.connection] += 1
            return response(200, b"ok")

        self.served = Counter()
        self.backend.handler = only_once
        self.assertEqual(curl("plain", self.proxy.url("plain", "/first")).status, 200)

        got = curl("plain", self.proxy.url("plain", "/second"))

        self.assertEqual(got.status, 200)
        self.assertEqual(self.proxy.access_line("/second")["attempts"], 2)

    def test_bytes_behind_a_response_do_not_answer_the_next_request(self):
        self.backend.handler = lambda *_: response(200, b"mine") + response(200, b"poison")
        with RawClient(self.proxy) as client:
            bodies = []
            for _ in range(3):
                bodies.append(client.ask(GET).body)
                time.sleep(0.05)

        self.assertEqual(bodies, [b"mine"] * 3)


class BodiesTest(ProxyTest):
    CUTS = {
        "before the end of the length": response(200, b"abc", "Content-Length: 1000", length=False),
        "within a chunk": response(200, b"ff\r\nabc", "Transfer-Encoding: chunked", length=False),
        "before the last chunk": response(200, b"3\r\nabc\r\n", "Transfer-Encoding: chunked", length=False),
        "within the trailers": response(200, b"3\r\nabc\r\n0\r\nX: 1\r\n", "Transfer-Encoding: chunked", length=False),
        "by a broken chunk": response(200, b"3\r\nabcdef\r\n", "Transfer-Encoding: chunked", length=False),
    }

    def test_a_body_that_is_cut_is_never_a_short_body_that_looks_whole(self):
        for how, text in self.CUTS.items():
            for end in ("close", "reset"):
                def cut(_request, wire, text=text, end=end):
                    wire.send(text)
                    time.sleep(0.1)  # so that the head is out before the end comes
                    wire.reset() if end == "reset" else wire.close()

                self.backend.handler = cut
                for wire in WIRES:
                    with self.subTest(how=how, end=end, wire=wire):
                        got = curl(wire, self.proxy.url(wire, "/cut"), seconds=5)

                        self.assertNotIn(got.exit_code, (0, 28))
        line = self.proxy.access_line("/cut")
        self.assertIn(line["termination"], ("upstream_closed", "upstream_malformed"))

    def test_a_body_without_length_that_is_reset_does_not_look_whole(self):
        def cut(_request, wire):
            wire.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
            time.sleep(0.1)
            wire.reset()

        self.backend.handler = cut
        for wire in WIRES:
            with self.subTest(wire):
                self.assertNotIn(curl(wire, self.proxy.url(wire), seconds=5).exit_code, (0, 28))
        with RawClient(self.proxy) as client:  # HTTP/1.0 has no other sign than a reset
            client.send(b"GET / HTTP/1.0\r\n\r\n")
            with self.assertRaises(ConnectionResetError):
                while client.read_some():
                    pass

    def test_an_answer_that_comes_before_the_body_is_forwarded(self):
        def refuse(_request, wire):
            wire.send(response(403, b"no", "Connection: close"))
            time.sleep(0.2)
            wire.close()

        self.backend.handler = refuse
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire), "-H", "Expect:", body=b"x" * 3_000_000, seconds=10)

                self.assertEqual((got.status, got.body), (403, b"no"))

    def test_a_slow_backend_is_waited_for(self):
        def slow(_request, wire):
            text = response(200, chunked(b"slow", b"ly"), "Transfer-Encoding: chunked", length=False)
            for place in range(len(text)):
                wire.send(text[place:place + 1])
                time.sleep(0.005)

        self.backend.handler = slow
        for wire in WIRES:
            got = curl(wire, self.proxy.url(wire))
            self.assertEqual((got.exit_code, got.body), (0, b"slowly"))

    def test_a_backend_may_think_for_longer_than_a_connection_may_be_idle(self):
        proxy = self.start_proxy([self.backend], {"server": {"quic": {"idle_timeout": "1s"}}})

        def think(_request, wire):
            time.sleep(2.5)
            wire.send(response(200, b"at last"))

        self.backend.handler = think
        got = curl("h3", proxy.url("h3"))

        self.assertEqual((got.exit_code, got.body), (0, b"at last"))

    def test_a_client_that_leaves_is_noticed_by_the_backend_within_a_second(self):
        def endless(_request, wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
            self.noticed = wire.is_ended(within=5)
            self.noticed_at = time.monotonic()

        for wire in WIRES:
            with self.subTest(wire):
                self.noticed = None
                self.backend.forget()
                self.backend.handler = endless
                curl(wire, self.proxy.url(wire, f"/left-{wire}"), seconds=1)
                left_at = time.monotonic()
                self.backend.wait_until(lambda: self.noticed is not None)

                self.assertTrue(self.noticed)
                self.assertLess(self.noticed_at - left_at, 1.0)
                self.assertEqual(self.proxy.access_line(f"/left-{wire}")["termination"], "client_reset")

    def test_a_client_that_leaves_before_the_answer_is_logged_as_499(self):
        def silent(_request, wire):
            self.noticed = wire.is_ended(within=5)

        self.noticed = None
        self.backend.handler = silent
        with RawClient(self.proxy) as client:
            client.send(b"GET /impatient HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.backend.wait_for_requests(1)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        self.backend.wait_until(lambda: self.noticed is not None)

        self.assertTrue(self.noticed)
        line = self.proxy.access_line("/impatient")
        self.assertEqual((line["status"], line["termination"]), (499, "client_reset"))

    def test_a_client_that_ends_its_side_behind_its_request_is_answered(self):
        def slow(_request, _wire):
            time.sleep(0.3)
            return response(200, b"all of it")

        self.backend.handler = slow
        with RawClient(self.proxy) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.sock.shutdown(socket.SHUT_WR)

            self.assertEqual(client.read_response().body, b"all of it")


class PoolTest(ProxyTest):
    def test_more_requests_than_may_wait_are_503(self):
        url = self.backend.url
        proxy = self.start_proxy([], {"backends": [{"name": "small", "url": url, "pool": {
            "connections_max": 1, "pending_requests_max": 1}}]})
        self.backend.handler = lambda *_: time.sleep(0.5) or response(200, b"ok")
        clients = [self.enterContext(RawClient(proxy)) for _ in range(3)]
        clients[0].send(b"GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.backend.wait_for_requests(1)
        clients[1].send(b"GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.1)
        clients[2].send(b"GET /3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answers = [client.read_response() for client in clients]

        self.assertEqual([answer.status for answer in answers], [200, 200, 503])
        self.assertIn("error=connection_limit_reached", answers[2].get("proxy-status"))


if __name__ == "__main__":
    main()
