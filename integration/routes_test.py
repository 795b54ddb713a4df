#!/usr/bin/env python3
"""Which route a request takes, and what the route does to it."""

from support.backend import response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl


class MatchingTest(ProxyTest):
    BACKENDS = 2
    CONFIG = {"routes": [
        {"name": "api", "match": {"path": "/api/*"}, "backends": ["backend1"]},
        {"name": "exact", "match": {"path": "/api/exact"}, "backends": ["backend2"]},
        {"name": "segment", "match": {"path": "/users/*/posts"}, "backends": ["backend2"]},
        {"name": "upload", "match": {"path": "/upload", "methods": ["POST", "PUT"]}},
        {"name": "host", "match": {"host": "shop.test"}, "backends": ["backend2"]},
        {"name": "wild", "match": {"host": "*.shop.test", "path": "/w/**"}, "backends": ["backend1"]},
    ]}

    def test_the_most_exact_route_is_taken(self):
        table = [
            ("localhost", "/api", "api", "backend1"),
            ("localhost", "/api/users?x=1", "api", "backend1"),
            ("localhost", "/api/exact", "exact", "backend2"),
            ("localhost", "/ap%69/exact", "exact", "backend2"),
            ("localhost", "/users/7/posts", "segment", "backend2"),
            ("SHOP.test", "/api/users", "host", "backend2"),
            ("eu.shop.test", "/w/1/2", "wild", "backend1"),
        ]
        for wire in ("h3", "plain"):
            for host, path, route, backend in table:
                with self.subTest(wire=wire, host=host, path=path):
                    got = curl(wire, self.proxy.url(wire, path, host), "-k")

                    self.assertEqual((got.status, got.get("x-backend")), (200, backend))
                    line = self.proxy.access_line(path, count=1)
                    self.assertIn(route, [each["route"] for each in self.proxy.find_lines(path=path)], line)

    def test_no_route_is_404(self):
        for wire in WIRES:
            got = curl(wire, self.proxy.url(wire, "/nowhere"))

            self.assertEqual((got.status, got.body), (404, b"404 Not Found\n"))
            self.assertEqual(got.get("content-type"), "text/plain; charset=utf-8")
        self.assertNotIn("backend", self.proxy.access_line("/nowhere"))

    def test_a_wrong_method_is_405_and_told_the_right_ones(self):
        for wire in WIRES:
            got = curl(wire, self.proxy.url(wire, "/upload"))
            self.assertEqual((got.status, got.get("allow")), (405, "POST, PUT"))

            self.assertEqual(curl(wire, self.proxy.url(wire, "/upload"), body=b"x").status, 200)

    def test_an_error_is_json_for_those_who_prefer_it(self):
        for accept, content_type in (("application/json", "application/json"),
                                     ("text/html, application/json;q=0.9", "application/json"),
                                     ("text/plain, application/json;q=0.5", "text/plain; charset=utf-8"),
                                     ("*/*", "text/plain; charset=utf-8")):
            got = curl("h3", self.proxy.url("h3", "/nowhere"), "-H", f"Accept: {accept}")
            self.assertEqual(got.get("content-type"), content_type, accept)

        got = curl("h3", self.proxy.url("h3", "/nowhere"), "-H", "Accept: application/json")
        self.assertEqual(got.body, b'{"status":404,"error":"Not Found"}\n')

    def test_a_path_that_leads_above_the_root_is_400(self):
        with RawClient(self.proxy) as client:
            for target in (b"/..", b"/api/../../x", b"/%2e%2e/x", b"/a%00b", b"/a%zz"):
                got = client.ask(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target)
                self.assertEqual(got.status, 400, target)


class ChangesTest(ProxyTest):
    CONFIG = {"routes": [
        {"match": {"path": "/fields"}, "headers": {
            "request": {"set": {"X-Set": "mine", "Authorization": "secret"}, "add": {"X-Add": "2"},
                        "remove": ["X-Gone"]},
            "response": {"set": {"Server": "hidden"}, "add": {"X-Extra": "e"}, "remove": ["X-Internal"]}}},
        {"match": {"path": "/strip/*"}, "rewrite": {"strip_prefix": "/strip", "add_prefix": "/v2",
                                                    "host": "inner.test"}},
        {"match": {"path": "/fixed"}, "rewrite": {"path": "/other"}},
        {"match": {"path": "/old/**"}, "redirect": {"to": "https://{host}/new{uri}", "status": 301}},
        {"match": {"path": "/gone"}, "redirect": {"to": "/here"}},
    ]}

    def test_fields_are_set_added_and_removed(self):
        self.backend.handler = lambda *_: response(200, b"ok", "Server: old/1.0", "X-Internal: 1", "X-Extra: a")
        for wire in WIRES:
            self.backend.requests = []
            got = curl(wire, self.proxy.url(wire, "/fields"), "-H", "X-Set: theirs", "-H", "X-Add: 1",
                       "-H", "X-Gone: 1")

            request = self.backend.requests[0]
            self.assertEqual((request.get("x-set"), request.get("authorization")), ("mine", "secret"))
            self.assertEqual(", ".join(request.all("x-add")), "1, 2")
            self.assertIsNone(request.get("x-gone"))
            self.assertEqual((got.get("server"), got.get("x-internal")), ("hidden", None))
            self.assertEqual(", ".join(got.all("x-extra")), "a, e")

    def test_a_path_is_rewritten_and_its_query_stays(self):
        for path, target in (("/strip/a/b?q=1", "/v2/a/b?q=1"), ("/strip", "/v2/"), ("/fixed?q", "/other?q")):
            self.backend.requests = []
            curl("h3", self.proxy.url("h3", path))

            self.assertEqual(self.backend.requests[0].target, target)

    def test_the_backend_may_see_another_host(self):
        curl("h3", self.proxy.url("h3", "/strip/x"))

        self.assertEqual(self.backend.requests[0].get("host"), "inner.test")

    def test_a_redirect_asks_no_backend(self):
        for wire in WIRES:
            got = curl(wire, self.proxy.url(wire, "/old/a?b=c"))

            self.assertEqual((got.status, got.get("location")), (301, "https://localhost/new/old/a?b=c"))
        got = curl("plain", self.proxy.url("plain", "/gone"))
        self.assertEqual((got.status, got.get("location")), (308, "/here"))
        self.assertEqual(self.backend.requests, [])


class BasePathTest(ProxyTest):
    def test_the_base_path_of_a_backend_is_put_before_every_path(self):
        proxy = self.start_proxy([], {"backends": [{"name": "based", "url": self.backend.url + "/base"}]})

        curl("h3", proxy.url("h3", "/x?y"))

        self.assertEqual(self.backend.requests[0].target, "/base/x?y")


class SeveralCertificatesTest(ProxyTest):
    def test_an_unknown_name_gets_the_default_certificate(self):
        got = curl("h3", self.proxy.url("h3", "/", "unknown.test"), "-k")
        self.assertEqual(got.status, 200)

        got = curl("tls", self.proxy.url("tls", "/", "unknown.test"))
        self.assertEqual(got.exit_code, 60)  # and a client that looks at names does not like it

    def test_a_host_beside_the_server_name_is_misdirected(self):
        with RawClient(self.proxy, tls=True) as client:
            got = client.ask(b"GET / HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n")

        self.assertEqual(got.status, 421)
        self.assertEqual(self.backend.requests, [])


if __name__ == "__main__":
    main()
