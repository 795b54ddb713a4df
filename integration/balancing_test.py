#!/usr/bin/env python3
"""Who gets a request: sticky cookies, keys that are hashed, and backends that are full."""

import threading
from collections import Counter

from support.backend import response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl

COOKIE = "quic-proxy-backend"


def request(*fields, path="/"):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]
    return "\r\n".join(lines).encode()


class StickyTest(ProxyTest):
    BACKENDS = 3
    CONFIG = {"load_balancer": {"sticky": {"enabled": True, "ttl": "1h"}}}

    def test_a_client_with_the_cookie_stays_where_it_was(self):
        for wire in WIRES:
            with self.subTest(wire):
                first = curl(wire, self.proxy.url(wire))
                cookie = first.get("set-cookie")
                self.assertRegex(cookie, f"^{COOKIE}=[0-9a-f]{{16}}; Path=/; Max-Age=3600; Secure; HttpOnly; "
                                         "SameSite=Lax$")
                for _ in range(5):
                    again = curl(wire, self.proxy.url(wire), "-H", f"Cookie: a=b; {cookie.split(';')[0]}")
                    self.assertEqual((again.get("x-backend"), again.get("set-cookie")),
                                     (first.get("x-backend"), None))

    def test_each_backend_has_a_cookie_of_its_own(self):
        with RawClient(self.proxy) as client:
            cookies = Counter(client.ask(request()).get("set-cookie") for _ in range(6))
        self.assertEqual(sorted(cookies.values()), [2, 2, 2])

    def test_a_cookie_that_is_none_of_ours_is_set_anew(self):
        with RawClient(self.proxy) as client:
            got = client.ask(request(f"Cookie: {COOKIE}=0123456789abcdef"))
        self.assertEqual(got.status, 200)
        self.assertNotIn("0123456789abcdef", got.get("set-cookie"))

    def test_a_client_whose_backend_is_gone_gets_another_one(self):
        backends = [self.start_backend(name=name) for name in ("one", "two")]
        proxy = self.start_proxy(backends, self.CONFIG)
        with RawClient(proxy) as client:
            cookies = [client.ask(request()).get("set-cookie").split(";")[0] for _ in range(2)]
            backends[0].close()
            answers = [client.ask(request(f"Cookie: {cookie}")) for cookie in cookies]

        self.assertEqual([answer.status for answer in answers], [200, 200])
        self.assertEqual(sum(answer.get("set-cookie") is not None for answer in answers), 1)


class HashTest(ProxyTest):
    BACKENDS = 3
    CONFIG = {
        "load_balancer": {"algorithm": "maglev", "hash_on": {"header": "X-User"}},
        "routes": [
            {"match": {"path": "/user"}},
            {"match": {"path": "/cookie"}, "load_balancer": {"algorithm": "ring_hash",
                                                             "hash_on": {"header": "", "cookie": "session"}}},
        ],
    }

    def check(self, path, field):
        with RawClient(self.proxy) as client:
            served = [{client.ask(request(field % key, path=path)).get("x-backend") for _ in range(3)}
                      for key in range(10)]
        self.assertEqual([len(backends) for backends in served], [1] * 10)
        self.assertGreater(len(set.union(*served)), 1)

    def test_requests_with_the_same_header_meet(self):
        self.check("/user", "X-User: user-%d")

    def test_requests_with_the_same_cookie_meet(self):
        self.check("/cookie", "Cookie: session=%d")

    def test_a_client_without_them_stays_at_one_backend(self):
        with RawClient(self.proxy) as client:
            for _ in range(10):
                self.assertEqual(client.ask(request(path="/user")).status, 200)
        self.assertEqual(sorted(len(backend.requests) for backend in self.backends), [0, 0, 10])


class OverflowTest(ProxyTest):
    def test_one_request_too_many_is_answered_at_once(self):
        free = threading.Event()

        def handler(_request, _wire):
            free.wait(20)
            return response(200, b"late")

        backend = self.start_backend(handler, "slow")
        proxy = self.start_proxy([backend], {"server": {"limits": {"pool": {"requests_max": 2}}}})
        with RawClient(proxy) as one, RawClient(proxy) as two, RawClient(proxy) as three:
            for client in (one, two):
                client.send(request())
            backend.wait_for_requests(2)
            got = three.ask(request(path="/surplus"))
            free.set()
            late = [client.read_response().status for client in (one, two)]

        self.assertEqual((got.status, got.get("retry-after")), (503, "1"))
        self.assertIn("error=connection_limit_reached", got.get("proxy-status"))
        self.assertEqual(proxy.access_line("/surplus")["termination"], "overloaded")
        self.assertEqual(late, [200, 200])


class UnhealthyTest(ProxyTest):
    CONFIG = {"health_check": {"enabled": True, "interval": "200ms", "timeout": "200ms", "unhealthy_threshold": 1}}

    def start_unhealthy(self, changes):
        """A backend that serves everything but its check, and a proxy that has found that out."""
        def handler(request, _wire):
            return response(500 if request.target == "/health" else 200, b"served")

        proxy = self.start_proxy([self.start_backend(handler)], {**self.CONFIG, **changes})
        proxy.wait_for_line(msg="Removed from load balancer")
        return proxy

    def test_without_any_backend_the_answer_is_503_at_once(self):
        proxy = self.start_unhealthy({})
        got = curl("h3", proxy.url("h3", "/nobody"), seconds=5)

        self.assertEqual((got.status, got.get("retry-after")), (503, "1"))
        self.assertIn("error=destination_unavailable", got.get("proxy-status"))
        self.assertEqual(proxy.access_line("/nobody")["termination"], "no_backend")

    def test_below_the_minimum_unhealthy_backends_are_used(self):
        proxy = self.start_unhealthy({"load_balancer": {"minimum_healthy": 1}})
        got = curl("h3", proxy.url("h3"), seconds=5)

        self.assertEqual((got.status, got.body), (200, b"served"))
        line = proxy.wait_for_line(msg="Too few healthy backends, unhealthy ones are used too")
        self.assertEqual((line["healthy"], line["minimum"]), (0, 1))


if __name__ == "__main__":
    main()
