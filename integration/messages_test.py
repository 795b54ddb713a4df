#!/usr/bin/env python3
"""What passes through unharmed: bodies, trailers, interim responses, bodiless answers, and the order of requests."""

import re

from support.backend import chunked, response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl
from support.pattern import pattern

GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


class BodiesTest(ProxyTest):
    SIZES = (0, 1, 1024 * 1024)

    def test_a_request_body_reaches_the_backend_byte_by_byte(self):
        for wire in WIRES:
            for size in self.SIZES:
                with self.subTest(wire=wire, size=size):
                    self.backend.forget()
                    body = pattern(size)

                    got = curl(wire, self.proxy.url(wire, "/upload"), "-H", "Expect:", body=body)

                    self.assertEqual((got.exit_code, got.status), (0, 200))
                    request = self.backend.requests[0]
                    self.assertEqual(request.body, body)
                    self.assertEqual((request.method, request.get("content-length")), ("POST", str(size)))

    def test_a_body_of_unknown_length_reaches_the_backend_in_chunks(self):
        body = pattern(300_000)
        for wire in WIRES:
            with self.subTest(wire):
                self.backend.forget()

                got = curl(wire, self.proxy.url(wire, "/stream"), "-T", "-", "-H", "Expect:", stdin=body)

                request = self.backend.requests[0]
                self.assertEqual((got.status, request.body), (200, body))
                self.assertEqual((request.get("transfer-encoding"), request.get("content-length")), ("chunked", None))

    def test_a_response_body_reaches_the_client_byte_by_byte(self):
        for wire in WIRES:
            for size in self.SIZES:
                for framing in ("length", "chunked", "until close"):
                    with self.subTest(wire=wire, size=size, framing=framing):
                        body = pattern(size, offset=5)
                        self.backend.handler = lambda request, connection: self.framed(body, framing, connection)

                        got = curl(wire, self.proxy.url(wire, "/download"))

                        self.assertEqual((got.exit_code, got.status), (0, 200))
                        self.assertTrue(got.body == body)
                        length = str(size) if framing == "length" else None
                        if wire == "h3" or framing == "length":
                            self.assertEqual(got.get("content-length"), length)

    @staticmethod
    def framed(body, framing, connection):
        if framing == "length":
            return response(200, body)
        if framing == "chunked":
            pieces = [body[begin:begin + 70_000] for begin in range(0, len(body), 70_000)]
            return response(200, chunked(*pieces), "Transfer-Encoding: chunked", length=False)
        connection.send(response(200, body, "Connection: close", length=False))
        connection.close()
        return None

    def test_head_is_answered_with_the_fields_of_get_and_no_body(self):
        for wire in WIRES:
            with self.subTest(wire):
                self.backend.handler = lambda *_: response(200, b"", "Content-Length: 1234", length=False)

                got = curl(wire, self.proxy.url(wire), "--head")

                self.assertEqual((got.exit_code, got.status, got.get("content-length")), (0, 200, "1234"))
                self.assertEqual(got.info["size_download"], 0)
                self.assertEqual(self.backend.requests[-1].method, "HEAD")

    def test_204_and_304_have_no_body_and_the_connection_goes_on(self):
        answers = {"/204": response(204, b"", length=False),
                   "/304": response(304, b"", 'ETag: "x"', "Content-Length: 99", length=False)}
        self.backend.handler = lambda request, _: answers.get(request.target) or response(200, b"next")
        for wire in WIRES:
            with self.subTest(wire):
                for path in answers:
                    self.assertEqual(curl(wire, self.proxy.url(wire, path)).exit_code, 0)
        with RawClient(self.proxy) as client:
            client.send(GET % b"/204", GET % b"/304", GET % b"/next")
            first, second, third = (client.read_response() for _ in range(3))

        self.assertEqual((first.status, first.get("content-length")), (204, None))
        self.assertEqual((second.status, second.get("etag")), (304, '"x"'))
        self.assertEqual((third.status, third.body), (200, b"next"))

    def test_a_zero_length_body_is_not_chunked(self):
        self.backend.handler = lambda *_: response(200, b"")
        with RawClient(self.proxy) as client:
            got = client.ask(GET % b"/")

        self.assertEqual((got.get("content-length"), got.get("transfer-encoding")), ("0", None))


class TrailersTest(ProxyTest):
    def test_trailers_of_a_response_reach_the_client(self):
        self.backend.handler = lambda *_: response(
            200, chunked(b"body", trailers=["X-Checksum: abc", "Content-Length: 1", "Connection: close"]),
            "Transfer-Encoding: chunked", "Trailer: X-Checksum", length=False)
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire), "-H", "TE: trailers")

                self.assertEqual((got.exit_code, got.body), (0, b"body"))
                self.assertEqual(got.trailers, [("x-checksum", "abc")])  # and not the ones that lie about framing

    def test_trailers_of_a_request_reach_the_backend(self):
        with RawClient(self.proxy) as client:
            got = client.ask(b"POST /t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"3;note=1\r\nabc\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n")

        self.assertEqual(got.status, 200)
        request = self.backend.requests[0]
        self.assertEqual((request.body, request.trailers), (b"abc", [("x-sum", "7")]))
        self.assertNotIn(b"note", b"".join(request.wire_body))  # chunk extensions end at each hop


class InterimTest(ProxyTest):
    HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x\r\nX: y\r\n\r\n"

    def test_103_is_forwarded_before_the_response(self):
        self.backend.handler = lambda *_: self.HINTS * 2 + response(200, b"page")
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire))

                self.assertEqual((got.status, got.body), (200, b"page"))
                self.assertEqual([status for status, _ in got.interim], [103, 103])
                self.assertEqual(dict(got.interim[0][1]), {"link": "</a.css>; rel=preload"})

    def test_103_is_kept_from_clients_of_http_1_0(self):
        self.backend.handler = lambda *_: self.HINTS + response(200, b"page")
        with RawClient(self.proxy) as client:
            client.send(b"GET / HTTP/1.0\r\n\r\n")
            text = client.read_all()

        self.assertRegex(text, rb"^HTTP/1\.[01] 200 ")
        self.assertTrue(text.endswith(b"\r\n\r\npage"))

    def test_a_client_that_expects_100_is_told_to_continue(self):
        for tls in (False, True):
            with self.subTest(tls=tls), RawClient(self.proxy, tls=tls) as client:
                client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                interim = client.read_head()
                client.send(b"body")
                final = client.read_response()

                self.assertEqual((interim.status, final.status), (100, 200))
                self.assertEqual(self.backend.requests[-1].body, b"body")

    def test_a_refusal_by_its_head_comes_without_100_and_closes(self):
        proxy = self.start_proxy(self.backends, {"routes": [{"match": {"path": "/only"}}]})
        with RawClient(proxy) as client:
            client.send(b"POST /no HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            got = client.read_head()

            self.assertEqual((got.status, got.get("connection")), (404, "close"))

    def test_any_other_expectation_is_417(self):
        with RawClient(self.proxy) as client:
            self.assertEqual(client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: magic\r\n\r\n").status, 417)

    def test_curl_uploads_with_expect_100_over_every_wire(self):
        for wire in WIRES:
            with self.subTest(wire):
                got = curl(wire, self.proxy.url(wire), "-H", "Expect: 100-continue", body=b"x" * 2000)

                self.assertEqual((got.status, len(self.backend.requests[-1].body)), (200, 2000))


class ConnectionsTest(ProxyTest):
    def test_pipelined_requests_are_answered_in_order(self):
        self.backend.handler = lambda request, _: response(200, request.target.encode())
        with RawClient(self.proxy) as client:
            client.send(b"".join(GET % b"/%d" % number for number in range(30)))
            bodies = [client.read_response().body for _ in range(30)]

        self.assertEqual(bodies, [b"/%d" % number for number in range(30)])

    def test_pipelined_requests_with_bodies_do_not_mix(self):
        self.backend.handler = lambda request, _: response(200, request.read())
        with RawClient(self.proxy) as client:
            client.send(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
                        b"POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
                        b"\r\n" + GET % b"/c")
            bodies = [client.read_response().body for _ in range(3)]

        self.assertEqual(bodies, [b"abc", b"de", b""])

    def test_connections_to_the_backend_are_used_again(self):
        before = self.backend.connections
        for _ in range(2):
            got = curl("h3", self.proxy.url("h3", "/[1-10]"))
            self.assertEqual(got.body, b"hello from backend1\n" * 10)
        curl("plain", self.proxy.url("plain", "/[1-5]"))

        self.assertEqual(len(self.backend.requests), 25)
        self.assertLessEqual(self.backend.connections - before, 1)

    def test_a_client_may_ask_for_the_end_of_its_connection(self):
        with RawClient(self.proxy) as client:
            got = client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

            self.assertEqual((got.status, got.get("connection")), (200, "close"))
            self.assertEqual(client.read_all(), b"")
        self.assertIsNone(self.backend.requests[0].get("connection"))

    def test_http_1_0_is_closed_after_the_response_unless_it_asks_otherwise(self):
        with RawClient(self.proxy) as client:
            client.send(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            self.assertTrue(client.read_all().endswith(b"hello from backend1\n"))
        with RawClient(self.proxy) as client:
            for _ in range(2):
                got = client.ask(b"GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
                self.assertEqual((got.status, got.get("connection").lower()), (200, "keep-alive"))

    def test_a_chunked_response_reaches_http_1_0_without_chunks(self):
        self.backend.handler = lambda *_: response(200, chunked(b"one", b"two"), "Transfer-Encoding: chunked",
                                                   length=False)
        with RawClient(self.proxy) as client:
            client.send(b"GET / HTTP/1.0\r\n\r\n")
            text = client.read_all()

        self.assertTrue(text.endswith(b"\r\n\r\nonetwo"))
        self.assertIsNone(re.search(rb"(?i)transfer-encoding", text))


if __name__ == "__main__":
    main()
