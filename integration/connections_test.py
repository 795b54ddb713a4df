#!/usr/bin/env python3
"""GET /connections: who is connected, over which wire, and how the way there is."""

import json
import threading

from support.admin import ask, ask_until
from support.backend import response
from support.case import ProxyTest, main
from support.clients import RawClient, start_curl


class ConnectionsTest(ProxyTest):
    CONFIG = {"server": {"workers": 2}}

    def setUp(self):
        super().setUp()
        ask_until(lambda answer: answer.json()["total"] == 0, self.proxy.control_port, "/connections")

    def listed(self, query=""):
        answer = ask(self.proxy.control_port, "/connections" + query)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["workers_silent"], 0)
        return answer.json()

    def test_a_client_over_quic_is_listed_with_its_path(self):
        answer, free = threading.Event(), threading.Event()

        def hold(_request, wire):
            answer.set()
            free.wait(60)
            wire.send(response(200, b"at last"))

        self.backend.handler = hold
        client = start_curl("h3", self.proxy.url("h3"), seconds=90)
        try:
            self.assertTrue(answer.wait(60))
            listed = self.listed("?protocol=h3")
            (connection,) = listed["connections"]
            over_tcp = self.listed("?protocol=h1")
        finally:
            free.set()
            body, _ = client.communicate()
            self.backend.handler = self.backend.greet

        self.assertEqual(body, b"at last")
        self.assertEqual((listed["total"], over_tcp["total"]), (1, 0))
        self.assertEqual({name: connection[name] for name in ("protocol", "version", "server_name", "streams", "requests_total")},
                         {"protocol": "h3", "version": "QUIC v1", "server_name": "localhost", "streams": 1, "requests_total": 1})
        self.assertRegex(connection["peer"], r"^127\.0\.0\.1:\d+$")
        self.assertRegex(connection["id"], r"^([0-9a-f]{2})+$")
        self.assertGreater(connection["rtt_ms"], 0)
        self.assertLessEqual(connection["rtt_min_ms"], connection["rtt_ms"])
        self.assertGreater(connection["cwnd_bytes"], 0)
        self.assertEqual(connection["migrations"], 0)
        self.assertTrue(0 <= connection["loss_percent"] < 100, connection)  # a busy machine loses some
        self.assertGreaterEqual(connection["age_seconds"], 0)

    def test_clients_over_tcp_are_listed_without_one(self):
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with RawClient(self.proxy) as plain, RawClient(self.proxy, tls=True) as secure:
            plain.ask(request)
            plain.ask(request)
            secure.ask(request)
            listed = self.listed("?protocol=h1")["connections"]

        by_version = {connection["version"]: connection for connection in listed}
        self.assertEqual(set(by_version), {"plain", "TLS 1.3"}, json.dumps(listed))
        for version, requests, name in (("plain", 2, ""), ("TLS 1.3", 1, "localhost")):
            connection = by_version[version]
            self.assertEqual((connection["requests_total"], connection["streams"], connection["server_name"]), (requests, 0, name))
            for member in ("rtt_ms", "rtt_min_ms", "loss_percent", "cwnd_bytes", "in_flight_bytes", "migrations"):
                self.assertIsNone(connection[member], member)

    def test_the_newest_are_listed_up_to_the_limit(self):
        clients = []
        for number in range(1, 5):
            clients.append(self.enterContext(RawClient(self.proxy)))
            ask_until(lambda answer, number=number: answer.json()["total"] == number, self.proxy.control_port, "/connections")

        listed = self.listed("?limit=3")

        self.assertEqual(listed["total"], 4)
        self.assertEqual([connection["peer"] for connection in listed["connections"]],
                         [f"127.0.0.1:{client.sock.getsockname()[1]}" for client in reversed(clients[1:])])

    def test_what_cannot_be_meant_is_refused(self):
        for query in ("?limit=0", "?limit=1001", "?limit=x", "?limit=", "?protocol=h4"):
            answer = ask(self.proxy.control_port, "/connections" + query)
            self.assertEqual((answer.status, answer.json()["error"]), (400, "bad_parameter"), query)
        self.assertEqual(ask(self.proxy.control_port, "/connections?limit=1000").status, 200)
        self.assertEqual(self.listed("?protocol=h2")["total"], 0)


if __name__ == "__main__":
    main()
