#!/usr/bin/env python3
"""A client whose address changes while it is served (RFC 9000 §9): a NAT between curl and the proxy forgets its
binding, again and again, and two workers share the port."""

import time

from support.case import ProxyTest, main
from support.clients import start_curl
from support.nat import Nat
from support.pattern import PatternCheck, pieces

MIB = 1024 * 1024
BODY = 8 * MIB
PIECE = 64 * 1024
BINDINGS = 8


def send_slowly(_request, wire):
    """About two seconds long, so that every binding has its share."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY)
    for piece in pieces(BODY, piece_size=PIECE):
        wire.send(piece)
        time.sleep(2 * PIECE / BODY)


class MigrationTest(ProxyTest):
    BACKENDS = 1
    CONFIG = {"server": {"workers": 2}}

    def test_a_download_survives_every_new_address_of_its_client(self):
        self.backend.handler = send_slowly
        check = PatternCheck()

        with Nat(("127.0.0.1", self.proxy.port)) as nat:
            process = start_curl("h3", "--no-buffer", f"https://localhost:{nat.port}/moving")
            self.addCleanup(process.kill)
            next_move = BODY // (BINDINGS + 1)
            while piece := process.stdout.read1(PIECE):
                check.feed(piece)
                if check.size >= next_move * len(nat.ports_used) and len(nat.ports_used) <= BINDINGS:
                    nat.rebind()
            process.communicate()

        self.assertEqual((process.returncode, check.size, check.wrong_at), (0, BODY, None))
        self.assertGreater(len(nat.ports_used), BINDINGS)
        line = self.proxy.wait_for_line(msg="request", path="/moving")
        self.assertEqual((line["status"], line["termination"], line["client_ip"]), (200, "ok", "127.0.0.1"))

    def test_a_new_address_is_the_clients_once_it_is_proven(self):
        self.backend.handler = send_slowly
        check = PatternCheck()

        with Nat(("127.0.0.1", self.proxy.port)) as nat:
            first_port = next(iter(nat.ports_used))
            process = start_curl("h3", "--no-buffer", f"https://localhost:{nat.port}/moved-once")
            self.addCleanup(process.kill)
            while piece := process.stdout.read1(PIECE):
                check.feed(piece)
                if check.size >= BODY // 4 and len(nat.ports_used) == 1:
                    nat.rebind()
            process.communicate()

        self.assertEqual((process.returncode, check.size), (0, BODY))
        line = self.proxy.wait_for_line(msg="request", path="/moved-once")
        self.assertEqual(line["client_port"], (nat.ports_used - {first_port}).pop())


if __name__ == "__main__":
    main()
