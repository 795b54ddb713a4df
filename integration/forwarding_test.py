#!/usr/bin/env python3
"""The fields of a request on their way: whose host it is, who asks, and what belongs to one hop alone."""

from support.backend import response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl

VERSION = {"h3": "3", "tls": "1.1", "plain": "1.1"}
SCHEME = {"h3": "https", "tls": "https", "plain": "http"}


class FieldsTest(ProxyTest):
    def ask(self, wire, *arguments, path="/", host="localhost"):
        """The request as the backend saw it, and the client's response."""
        self.backend.requests = []
        got = curl(wire, self.proxy.url(wire, path, host), *arguments)
        self.assertEqual(got.exit_code, 0)
        return self.backend.requests[0], got

    def test_the_host_is_the_one_the_client_named(self):
        for wire in WIRES:
            port = self.proxy.plain_port if wire == "plain" else self.proxy.port
            request, _ = self.ask(wire)
            self.assertEqual(request.get("host"), f"localhost:{port}", wire)

        request, _ = self.ask("plain", "-H", "Host: Example.ORG")
        self.assertEqual(request.get("host").lower(), "example.org")

    def test_the_target_arrives_as_it_was_written(self):
        target = "/a%2Fb/./%7Euser//x;y=1?q=%20&r=a/../b"
        for wire in WIRES:
            request, _ = self.ask(wire, "--path-as-is", path=target)
            self.assertEqual(request.target, target, wire)

    def test_the_pieces_of_a_cookie_are_joined(self):
        cookies = [part for number in range(8) for part in ("-H", f"Cookie: c{number}={'v' * 40}{number}")]

        request, _ = self.ask("h3", *cookies)

        self.assertEqual(request.get("cookie"), "; ".join(f"c{n}={'v' * 40}{n}" for n in range(8)))

    def test_fields_of_one_hop_do_not_reach_the_backend(self):
        with RawClient(self.proxy) as client:
            client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: X-Mine, close, X-Forwarded-For, Cookie\r\n"
                       b"X-Mine: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nTE: gzip, trailers\r\n"
                       b"Cookie: a=b\r\nX-Other: 2\r\n\r\n")

        request = self.backend.requests[0]
        for name in ("x-mine", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding"):
            self.assertIsNone(request.get(name), name)
        self.assertNotIn("x-mine", (request.get("connection") or "").lower())
        self.assertEqual((request.get("x-other"), request.get("cookie")), ("2", "a=b"))
        self.assertEqual(request.get("x-forwarded-for"), "127.0.0.1")  # which no option may take away

    def test_fields_of_one_hop_do_not_reach_the_client(self):
        self.backend.handler = lambda *_: response(
            200, b"ok", "Connection: X-Inner, keep-alive", "X-Inner: 1", "Keep-Alive: timeout=5",
            "Proxy-Connection: close", "Alt-Svc: h3=\":1\"", "X-Outer: 2")
        for wire in WIRES:
            _, got = self.ask(wire)

            self.assertEqual(got.get("x-outer"), "2")
            for name in ("x-inner", "keep-alive", "proxy-connection"):
                self.assertIsNone(got.get(name), f"{name} over {wire}")
            self.assertNotIn(':1"', got.get("alt-svc") or "")

    def test_via_names_the_proxy_in_both_directions(self):
        self.backend.handler = lambda *_: response(200, b"ok", "Via: 1.1 inner")
        for wire in WIRES:
            request, got = self.ask(wire, "-H", "Via: 1.0 outer")

            self.assertEqual(request.get("via"), f"1.0 outer, {VERSION[wire]} quic-proxy")
            self.assertEqual(got.get("via"), "1.1 inner, 1.1 quic-proxy")

    def test_a_request_that_goes_in_circles_is_refused(self):
        got = curl("plain", self.proxy.url("plain"), "-H", f"Via: {', '.join(['1.1 quic-proxy'] * 20)}")

        self.assertEqual(got.status, 508)
        self.assertEqual(self.backend.requests, [])

    def test_a_response_has_a_date_once(self):
        _, got = self.ask("h3")
        self.assertRegex(got.get("date"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

        self.backend.handler = lambda *_: response(200, b"ok", "Date: Mon, 01 Jan 2024 00:00:00 GMT")
        _, got = self.ask("h3")
        self.assertEqual(got.get("date"), "Mon, 01 Jan 2024 00:00:00 GMT")

    def test_an_upgrade_nobody_takes_up_is_a_request_like_others(self):
        with RawClient(self.proxy) as client:
            got = client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: other/1\r\n\r\n")

        self.assertEqual(got.status, 200)
        self.assertIsNone(self.backend.requests[0].get("upgrade"))

    def test_absolute_form_names_the_host(self):
        with RawClient(self.proxy) as client:
            client.ask(b"GET http://other.test/x?y HTTP/1.1\r\nHost: other.test\r\n\r\n")

        request = self.backend.requests[0]
        self.assertEqual((request.target, request.get("host")), ("/x?y", "other.test"))

    def test_max_forwards_ends_options_here(self):
        with RawClient(self.proxy) as client:
            got = client.ask(b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n")
            self.assertEqual((got.status, self.backend.requests), (200, []))
            client.ask(b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 5\r\n\r\n")

        self.assertEqual(self.backend.requests[0].get("max-forwards"), "4")


LIES = ("-H", "X-Forwarded-For: 203.0.113.7", "-H", "X-Forwarded-Proto: gopher", "-H", "X-Forwarded-Host: evil.test",
        "-H", "X_Forwarded_For: 6.6.6.6", "-H", "Forwarded: for=6.6.6.6", "-H", "X-Real-IP: 6.6.6.6",
        "-H", "Early-Data: 1")


class StrangersTest(ProxyTest):
    def test_what_strangers_say_about_themselves_is_dropped(self):
        for wire in WIRES:
            with self.subTest(wire):
                self.backend.forget()
                url = self.proxy.url(wire, "/who")
                curl(wire, url, *LIES)

                request = self.backend.requests[0]
                host = url.split("/")[2]
                self.assertEqual(request.get("x-forwarded-for"), "127.0.0.1")
                self.assertEqual(request.get("x-forwarded-proto"), SCHEME[wire])
                self.assertEqual(request.get("x-forwarded-host"), host)
                self.assertEqual(request.get("x-real-ip"), "127.0.0.1")
                self.assertEqual(request.get("forwarded"), f'for=127.0.0.1;host="{host}";proto={SCHEME[wire]}')
                self.assertIsNone(request.get("x_forwarded_for"))
                self.assertIsNone(request.get("early-data"))
        self.assertEqual(self.proxy.access_line("/who")["client_ip"], "127.0.0.1")


class TrustedTest(ProxyTest):
    CONFIG = {"server": {"trusted_proxies": ["127.0.0.0/8", "10.0.0.0/8"]}}

    def test_what_trusted_proxies_say_is_kept_and_continued(self):
        curl("h3", self.proxy.url("h3", "/behind"), "-H", "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3",
             "-H", "X-Forwarded-Proto: http", "-H", "X-Forwarded-Host: outer.test", "-H", "Forwarded: for=203.0.113.7")

        request = self.backend.requests[0]
        self.assertEqual(request.get("x-forwarded-for"), "6.6.6.6, 203.0.113.7, 10.1.2.3, 127.0.0.1")
        self.assertEqual(request.get("x-forwarded-proto"), "http")
        self.assertEqual(request.get("x-forwarded-host"), "outer.test")
        self.assertEqual(request.get("x-real-ip"), "203.0.113.7")  # the last that nobody trusted vouches for
        self.assertTrue(request.get("forwarded").startswith("for=203.0.113.7, for=127.0.0.1;host="))
        self.assertEqual(self.proxy.access_line("/behind")["client_ip"], "203.0.113.7")


if __name__ == "__main__":
    main()
