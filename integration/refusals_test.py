#!/usr/bin/env python3
"""What is not let through: requests that can be read in two ways, what is too large, and what is too slow."""

import select
import socket
import time

from support.backend import response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


class SmugglingTest(ProxyTest):
    BAD_REQUESTS = {
        "both length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunks and then length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "two lengths in a list": POST + b"Content-Length: 4, 5\r\n\r\nabcde",
        "a signed length": POST + b"Content-Length: +4\r\n\r\nabcd",
        "a negative length": POST + b"Content-Length: -1\r\n\r\n",
        "a hexadecimal length": POST + b"Content-Length: 0x4\r\n\r\nabcd",
        "an empty length": POST + b"Content-Length: \r\n\r\n",
        "a length beyond 64 bits": POST + b"Content-Length: 18446744073709551616\r\n\r\n",
        "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "chunked, but not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "two coding fields": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "a vertical tab before chunked": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a space before the colon": POST + b"Content-Length : 4\r\n\r\nabcd",
        "a space before chunks' colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "a folded line": POST + b"X: a\r\n b\r\n\r\n",
        "a folded first field": b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
        "a bare LF in the head": b"GET / HTTP/1.1\nHost: localhost\r\n\r\n",
        "a bare LF at the end": b"GET / HTTP/1.1\r\nHost: localhost\r\n\n",
        "a bare CR in a value": GET + b"X: a\rb\r\n\r\n",
        "a NUL in a value": GET + b"X: a\x00b\r\n\r\n",
        "a NUL in a name": GET + b"X\x00: a\r\n\r\n",
        "a field without a colon": GET + b"Nothing\r\n\r\n",
        "a field without a name": GET + b": a\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n",
        "two hosts": GET + b"Host: other\r\n\r\n",
        "an unreadable host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "user information in the host": b"GET / HTTP/1.1\r\nHost: me@localhost\r\n\r\n",
        "a target beside its host": b"GET http://one.test/ HTTP/1.1\r\nHost: two.test\r\n\r\n",
        "a space in the target": b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a fragment in the target": b"GET /a#b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a target without a slash": b"GET a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "two spaces in the request line": b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a method that is no token": b"G(T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "an unreadable version": b"GET / HTTP/x\r\nHost: localhost\r\n\r\n",
        "no version": b"GET /\r\n\r\n",
        "TLS on the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }
    BAD_CHUNKS = {
        "no size": b"\r\nabc\r\n0\r\n\r\n",
        "a size that is no number": b"xyz\r\nabc\r\n0\r\n\r\n",
        "a signed size": b"+3\r\nabc\r\n0\r\n\r\n",
        "a prefixed size": b"0x3\r\nabc\r\n0\r\n\r\n",
        "a size beyond 64 bits": b"10000000000000000\r\nabc",
        "a bare LF after the size": b"3\nabc\r\n0\r\n\r\n",
        "more data than its size": b"3\r\nabcd\r\n0\r\n\r\n",
        "a bare LF after the data": b"3\r\nabc\n0\r\n\r\n",
        "a bare CR in an extension": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
        "a NUL in an extension": b"3;a\x00\r\nabc\r\n0\r\n\r\n",
        "a folded trailer": b"0\r\nX: a\r\n b\r\n\r\n",
        "a trailer without a colon": b"0\r\nX\r\n\r\n",
    }

    def test_a_request_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed(self):
        for name, request in self.BAD_REQUESTS.items():
            with self.subTest(name), RawClient(self.proxy, timeout=5) as client:
                client.send(request + SMUGGLED)
                got = client.read_head()

                self.assertIn(got.status, (505,) if b"PRI" in request else (400, 501))
                self.assertEqual(got.get("connection"), "close")
                self.assertNotIn(b"HTTP/1.1", client.read_all(), "a second answer")
        self.assertEqual(self.backend.requests, [])

    def test_bad_chunks_end_the_request_and_the_connection(self):
        for name, chunks in self.BAD_CHUNKS.items():
            with self.subTest(name), RawClient(self.proxy, timeout=5) as client:
                client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + SMUGGLED)
                text = client.read_all()

                self.assertRegex(text, rb"^HTTP/1\.1 400 ")
                self.assertEqual(text.count(b"HTTP/1.1"), 1, "a second answer")
        self.assertNotIn("/smuggled", [request.target for request in self.backend.requests])

    def test_a_new_version_is_505(self):
        with RawClient(self.proxy) as client:
            client.send(b"GET / HTTP/2.5\r\nHost: localhost\r\n\r\n")
            self.assertEqual(client.read_head().status, 505)

    def test_tunnels_and_trace_are_501(self):
        with RawClient(self.proxy) as client:
            client.send(b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n")
            self.assertEqual(client.read_head().status, 501)
        for wire in WIRES:
            self.assertEqual(curl(wire, self.proxy.url(wire), "-X", "TRACE").status, 501)

    def test_http3_requests_with_fields_of_a_connection_are_malformed(self):
        for field in ("Connection: x", "Transfer-Encoding: chunked", "Keep-Alive: 1", "Upgrade: h2c", "TE: gzip"):
            got = curl("h3", self.proxy.url("h3"), "-H", field)
            if got.exit_code == 0:  # curl leaves some of them out by itself
                self.assertTrue(all(request.get(field.split(":")[0]) is None for request in self.backend.requests))

    def test_a_blank_line_before_a_request_is_forgiven(self):
        with RawClient(self.proxy) as client:
            self.assertEqual(client.ask(b"\r\n" + GET + b"\r\n").status, 200)


class LimitsTest(ProxyTest):
    CONFIG = {"server": {"limits": {"head_bytes_max": "4KiB", "uri_bytes_max": 1024, "head_fields_max": 20,
                                    "body_bytes_max": 10_000}}}

    def test_a_target_is_taken_up_to_its_limit_and_not_one_byte_more(self):
        for wire in WIRES:
            with self.subTest(wire):
                self.assertEqual(curl(wire, self.proxy.url(wire, "/" + "a" * 1023)).status, 200)
                self.assertEqual(curl(wire, self.proxy.url(wire, "/" + "a" * 1024)).status, 414)

    def test_the_number_of_fields_is_limited(self):
        with RawClient(self.proxy) as client:
            fields = b"".join(b"X-%d: 1\r\n" % number for number in range(19))
            self.assertEqual(client.ask(GET + fields + b"\r\n").status, 200)
            client.send(GET + fields + b"X: 1\r\n\r\n")
            self.assertEqual(client.read_head().status, 431)
        arguments = [part for number in range(21) for part in ("-H", f"X-{number}: 1")]
        self.assertEqual(curl("h3", self.proxy.url("h3"), *arguments).status, 431)

    def test_the_size_of_a_head_is_limited(self):
        frame = len(GET + b"X: \r\n\r\n")
        with RawClient(self.proxy) as client:
            self.assertEqual(client.ask(GET + b"X: %s\r\n\r\n" % (b"a" * (4096 - frame))).status, 200)
            client.send(GET + b"X: %s\r\n\r\n" % (b"a" * (4096 - frame + 1)))
            self.assertEqual(client.read_head().status, 431)
        self.assertEqual(curl("h3", self.proxy.url("h3"), "-H", f"X: {'a' * 4200}").status, 431)

    def test_an_announced_body_is_limited_before_it_is_sent(self):
        for wire in WIRES:
            with self.subTest(wire):
                self.assertEqual(curl(wire, self.proxy.url(wire), body=b"x" * 10_000).status, 200)
                self.backend.requests = []
                self.assertEqual(curl(wire, self.proxy.url(wire), body=b"x" * 10_001).status, 413)
                self.assertEqual(self.backend.requests, [])

    def test_a_body_that_was_not_announced_is_limited_as_it_comes(self):
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire), "-T", "-", "-H", "Expect:", stdin=b"x" * 10_001)
                self.assertEqual(got.status, 413)
                self.assertEqual(
                    curl(wire, self.proxy.url(wire), "-T", "-", "-H", "Expect:", stdin=b"x" * 10_000).status, 200)

    def test_a_response_head_that_is_too_large_is_502(self):
        self.backend.handler = lambda *_: response(200, b"", f"X: {'a' * 5000}")
        for wire in WIRES:
            got = curl(wire, self.proxy.url(wire))
            self.assertEqual(got.status, 502)
            self.assertIn("http_response_header_section_size", got.get("proxy-status"))


class TimeoutsTest(ProxyTest):
    """Each with a proxy of its own, on which nothing but the time under test is short: a handshake, a client or a
    backend may well take longer on a busy machine."""

    def limit(self, **timeouts):
        return self.start_proxy(self.backends, {"server": {"timeouts": timeouts}})

    def assert_took(self, began, least):
        took = time.monotonic() - began
        self.assertTrue(least <= took, f"{took:.2f} s")

    def test_a_head_that_does_not_end_is_408(self):
        proxy = self.limit(client_header="400ms")
        for tls in (False, True):
            with self.subTest(tls=tls), RawClient(proxy, tls=tls) as client:
                began = time.monotonic()
                client.send(b"GET / HTTP/1.1\r\nHost: local")
                got = client.read_head()

                self.assertEqual((got.status, got.get("connection")), (408, "close"))
                self.assert_took(began, 0.35)

    def test_dripping_bytes_does_not_prolong_the_time_for_a_head(self):
        proxy = self.limit(client_header="400ms")
        with RawClient(proxy) as client:
            for byte in b"GET / HTTP/1.1\r\nX: " + b"a" * 200:  # for more than 10 s
                client.send(bytes([byte]))
                if select.select([client.sock], [], [], 0.05)[0]:
                    break
            else:
                self.fail("no answer while bytes came")

            self.assertEqual(client.read_head().status, 408)

    def test_a_body_that_stops_is_408(self):
        proxy = self.limit(client_body_idle="400ms")
        with RawClient(proxy) as client:
            began = time.monotonic()
            client.send(POST + b"Content-Length: 10\r\n\r\nabc")

            self.assertEqual(client.read_head().status, 408)
            self.assert_took(began, 0.35)

    def test_a_body_that_stops_is_408_over_http3(self):
        proxy = self.limit(client_body_idle="400ms")
        # A curl that waits for its standard input neither sends what it has nor acknowledges anything, now and then.
        got = curl("h3", proxy.url("h3", "/stalled"), "-H", "Expect:", "--limit-rate", "100", body=b"x" * 100_000)

        self.assertEqual(got.status, 408)
        self.assertEqual(proxy.access_line("/stalled")["termination"], "client_timeout")

    def test_an_idle_connection_is_closed(self):
        proxy = self.limit(client_idle="2s")
        for tls in (False, True):
            with self.subTest(tls=tls), RawClient(proxy, tls=tls) as client:
                began = time.monotonic()  # on a busy machine the answer is read long after it was sent
                client.ask(GET + b"\r\n")

                self.assertEqual(client.read_all(), b"")
                self.assert_took(began, 1.9)

    def test_a_handshake_that_does_not_end_is_cut(self):
        proxy = self.limit(client_handshake="500ms")
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            began = time.monotonic()
            sock.sendall(b"\x16\x03\x01")

            self.assertEqual(sock.recv(10), b"")
            self.assert_took(began, 0.4)

    def test_a_backend_that_does_not_answer_is_504(self):
        proxy = self.limit(response_header="400ms")
        self.backend.handler = lambda *_: time.sleep(1.5)
        for wire in WIRES:
            with self.subTest(wire):
                began = time.monotonic()
                got = curl(wire, proxy.url(wire, f"/silent-{wire}"))

                self.assertEqual(got.status, 504)
                self.assertRegex(got.get("proxy-status"), "^quic-proxy; error=http_response_timeout")
                self.assertIn('next-hop="backend1"', got.get("proxy-status"))
                self.assert_took(began, 0.35)
                self.assertEqual(proxy.access_line(f"/silent-{wire}")["termination"], "upstream_timeout")

    def test_a_response_that_stops_breaks_off(self):
        proxy = self.limit(response_idle="400ms")

        def stop(_request, wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            time.sleep(1.5)

        self.backend.handler = stop
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, proxy.url(wire, f"/stops-{wire}"))

                self.assertEqual(got.status, 200)
                self.assertNotEqual(got.exit_code, 0)
                self.assertEqual(proxy.access_line(f"/stops-{wire}")["termination"], "upstream_timeout")

    def test_a_backend_that_cannot_be_reached_in_time_is_504(self):
        with socket.socket() as silent:  # a queue of one that is full: what comes now gets no answer
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            fillers = []
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(silent.getsockname())
                fillers.append(filler)
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            proxy = self.start_proxy([], {"server": {"timeouts": {"connect": "400ms"}},
                                          "backends": [{"name": "full", "url": url}]})
            got = curl("h3", proxy.url("h3"))
            for filler in fillers:
                filler.close()

        self.assertEqual(got.status, 504)
        self.assertIn("connection_timeout", got.get("proxy-status"))


class RequestTimeoutTest(ProxyTest):
    CONFIG = {"routes": [{"match": {"path": "/short"}, "timeouts": {"request": "400ms"}}, {"name": "rest"}]}

    def test_a_route_may_bound_the_whole_request(self):
        def drip(_request, wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(15):
                wire.send(b"x")
                time.sleep(0.1)

        self.backend.handler = drip
        got = curl("h3", self.proxy.url("h3", "/short"))

        self.assertNotEqual(got.exit_code, 0)
        self.assertEqual(self.proxy.access_line("/short")["termination"], "timeout")


if __name__ == "__main__":
    main()
