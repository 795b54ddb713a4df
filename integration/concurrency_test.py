#!/usr/bin/env python3
"""Many at once: streams, connections, wires and workers."""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.backend import chunked, response
from support.case import ProxyTest, main
from support.clients import WIRES, RawClient, curl, start_curl
from support.pattern import PatternCheck, pattern

STREAMS = 1000


class StreamsTest(ProxyTest):
    CONFIG = {"server": {"workers": 2, "quic": {"max_concurrent_streams": 300}}}

    def test_a_thousand_streams_are_open_at_the_same_time(self):
        processes = 4
        each = STREAMS // processes

        def answer(_request, _wire):  # nobody before all have asked
            deadline = time.monotonic() + 30
            while len(self.backend.requests) < STREAMS and time.monotonic() < deadline:
                time.sleep(0.05)
            return response(200, b"together")

        self.backend.handler = answer
        proxy = self.start_proxy([], {**self.CONFIG, "backends": [{
            "name": "wide", "url": self.backend.url, "pool": {"connections_max": STREAMS}}]})
        running = [start_curl("h3", "--parallel", "--parallel-max", "300",
                              "-o", "/dev/null", "-w", "%{stderr}%{http_code} %{size_download}\n",
                              proxy.url("h3", f"/{number}/[1-{each}]"), seconds=50) for number in range(processes)]
        outcomes = Counter()
        for process in running:
            self.addCleanup(process.kill)
        for process in running:
            _, lines = process.communicate()
            outcomes.update(lines.decode().splitlines())

        self.assertEqual(outcomes, {"200 8": STREAMS})

    def test_bodies_of_many_streams_do_not_mix(self):
        def own(request, _wire):
            number = int(request.target.removeprefix("/"))
            body = pattern(10_000 + number * 37, offset=number * 1000)
            if number % 2:
                return response(200, chunked(body[:5000], body[5000:]), "Transfer-Encoding: chunked", length=False)
            return response(200, body)

        self.backend.handler = own
        with tempfile.TemporaryDirectory() as folder:
            process = start_curl("h3", "--parallel", "--parallel-max", "100", "-o", f"{folder}/#1",
                                 self.proxy.url("h3", "/[0-199]"), seconds=40)
            self.addCleanup(process.kill)
            process.communicate()
            wrong = [number for number in range(200) if Path(folder, str(number)).read_bytes() !=
                     pattern(10_000 + number * 37, offset=number * 1000)]

        self.assertEqual((process.returncode, wrong), (0, []))


class WorkersTest(ProxyTest):
    BACKENDS = 2
    CONFIG = {"server": {"workers": 2}}

    def test_every_wire_works_on_every_worker(self):
        with ThreadPoolExecutor(6) as threads:
            asked = [threads.submit(curl, wire, self.proxy.url(wire, f"/{wire}"), body=b"x" * 1000)
                     for wire in WIRES for _ in range(8)]
            answers = [each.result() for each in asked]

        self.assertEqual({(answer.exit_code, answer.status) for answer in answers}, {(0, 200)})
        self.assertTrue(all(backend.requests for backend in self.backends))

    def test_parallel_downloads_over_several_connections_arrive_whole(self):
        size = 4_000_000
        for backend in self.backends:
            backend.handler = lambda *_: response(200, pattern(size))

        def download(wire):
            check = PatternCheck()
            check.feed(curl(wire, self.proxy.url(wire, "/whole")).body)
            return check.size, check.wrong_at

        with ThreadPoolExecutor(6) as threads:
            outcomes = set(threads.map(download, WIRES * 4))
        self.assertEqual(outcomes, {(size, None)})

    def test_two_hundred_tcp_connections_are_served_side_by_side(self):
        clients = [self.enterContext(RawClient(self.proxy)) for _ in range(200)]
        for round_number in range(3):
            for client in clients:
                client.send(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % round_number)
            self.assertEqual({client.read_response().status for client in clients}, {200})


class ConnectionLimitsTest(ProxyTest):
    CONFIG = {"server": {"limits": {"connections_per_ip_max": 5}}}

    def test_a_connection_beyond_the_limit_of_its_address_is_closed(self):
        clients = [self.enterContext(RawClient(self.proxy)) for _ in range(5)]
        for client in clients:
            client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with RawClient(self.proxy) as surplus:
            self.assertTrue(surplus.is_ended(within=2))
        clients[0].close()
        time.sleep(0.1)
        with RawClient(self.proxy) as next_one:
            self.assertEqual(next_one.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200)


class RetryTest(ProxyTest):
    CONFIG = {"server": {"quic": {"retry": "always"}}}

    def test_clients_may_be_made_to_prove_their_address(self):
        for _ in range(3):
            self.assertEqual(curl("h3", self.proxy.url("h3")).status, 200)


if __name__ == "__main__":
    main()
