#!/usr/bin/env python3
"""Two proxies behind a balancer without any state (nftables), which reads from connection IDs whose they are: as
docs/scaling.md describes it, in network namespaces."""

import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import namespaces
from support.backend import Backend, response
from support.case import main
from support.clients import CURL
from support.nat import Nat
from support.pattern import PatternCheck, pieces
from support.proxy import Proxy, certificates, configuration

IS_POSSIBLE, WHY_NOT = namespaces.enter_own()

VIP = "198.18.100.1"
PORT = 443
BODY = 4 * 1024 * 1024
PIECE = 64 * 1024
BINDINGS = 8
SERVER_IDS = {"a": "0a", "b": "0b"}

# Short headers go where the ID says; long headers are of handshakes, and go by the client's port to one of those that
# take new connections.
RULES = """
flush ruleset
table ip balance {{
  chain balance {{
    type filter hook prerouting priority raw
    ip daddr {vip} udp dport {port} @th,64,1 0 {short} notrack
    ip daddr {vip} udp dport {port} @th,64,1 1 ip daddr set {long} notrack
    ip saddr {{ {a}, {b} }} udp sport {port} ip saddr set {vip} notrack
  }}
}}
"""
BY_ID = "ip daddr set @th,80,8 map {{ 0x0a : {a}, 0x0b : {b} }}"
BY_PORT = "ip daddr set jhash ip saddr . udp sport mod 2 map {{ 0 : {a}, 1 : {b} }}"


@unittest.skipUnless(IS_POSSIBLE, WHY_NOT)
class BalancerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What the instances send in the balancer's name comes from an address that no route leads to.
        namespaces.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0")
        enter = cls.enterClassContext
        cls.client = enter(namespaces.Namespace("client", "198.18.0.1", "198.18.0.2"))
        cls.instances = {"a": enter(namespaces.Namespace("a", "198.18.1.1", "198.18.1.2")),
                         "b": enter(namespaces.Namespace("b", "198.18.2.1", "198.18.2.2"))}
        cls.backend = enter(Backend("backend1", host="198.18.1.1"))
        secret = enter(tempfile.NamedTemporaryFile("wb"))
        secret.write(b"s" * 48)
        secret.flush()
        cls.secret = secret.name

    def setUp(self):
        self.backend.forget()

    def start(self, name, is_routable=True):
        changes = {"server": {"address": f":{PORT}", "fallback_address": "off", "secret_file": self.secret},
                   "health": {"address": f"{self.instances[name].address}:0"}}
        if is_routable:
            changes["server"]["quic"] = {"routable_ids": {"server_id": SERVER_IDS[name]}}
        return Proxy(configuration([self.backend], changes), command=self.instances[name].command)

    def balance(self, short=BY_ID, open_to=("a", "b")):
        addresses = {name: instance.address for name, instance in self.instances.items()}
        targets = [addresses[name] for name in open_to]
        choices = ", ".join(f"{number} : {target}" for number, target in enumerate(targets))
        by_port = f"jhash ip saddr . udp sport mod {len(targets)} map {{ {choices} }}"
        rules = RULES.format(vip=VIP, port=PORT, short=short.format(**addresses), long=by_port, **addresses)
        namespaces.run("nft -f -", rules)

    def curl(self, *arguments, seconds=30):
        return [*self.client.command, CURL, "-q", "--silent", "--http3-only", "--max-time", str(seconds), "--cacert",
                str(certificates() / "ca.crt"), *arguments]

    def download_while_moving(self):
        """curl's exit code and what it got, while the client's port changes again and again."""
        self.backend.handler = lambda _request, wire: wire.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY, *pieces(BODY, piece_size=PIECE))
        check = PatternCheck()
        with self.client.entered():
            nat = Nat((VIP, PORT), source=self.client.address)
        with nat:
            process = subprocess.Popen(
                self.curl("--limit-rate", "2M", "--connect-to", f"::127.0.0.1:{nat.port}", f"https://localhost:{nat.port}/",
                          seconds=10), stdout=subprocess.PIPE)
            self.addCleanup(process.kill)
            next_move = BODY // (BINDINGS + 1)
            while piece := process.stdout.read1(PIECE):
                check.feed(piece)
                if check.size >= next_move * len(nat.ports_used) and len(nat.ports_used) <= BINDINGS:
                    with self.client.entered():
                        nat.rebind()
            process.communicate()
        return process.returncode, check

    def test_a_connection_stays_with_its_instance_when_the_client_moves(self):
        self.balance()
        with self.start("a"), self.start("b"):
            code, check = self.download_while_moving()

        self.assertEqual((code, check.size, check.wrong_at), (0, BODY, None))

    def test_without_routable_ids_it_is_lost(self):
        self.balance(short=BY_PORT)
        with self.start("a", is_routable=False) as one, self.start("b", is_routable=False) as another:
            code, check = self.download_while_moving()
            for proxy in (one, another):
                proxy.signal(signal.SIGTERM)
                proxy.wait_for_line(msg="Draining")
                proxy.signal(signal.SIGTERM)  # at once: the download that was lost would be waited for

        self.assertNotEqual(code, 0)
        self.assertLess(check.size, BODY)

    def test_a_rolling_restart_loses_no_request(self):
        self.backend.handler = lambda _request, wire: wire.send(response(200, b"served"))
        self.balance()
        running = {name: self.start(name).__enter__() for name in self.instances}
        codes = []

        def ask(count):
            for _ in range(count):
                done = subprocess.run(
                    self.curl("--resolve", f"localhost:{PORT}:{VIP}", f"https://localhost:{PORT}/"), capture_output=True)
                codes.append((done.returncode, done.stdout))

        try:
            ask(6)
            for name, other in (("a", "b"), ("b", "a")):
                self.balance(open_to=(other,))
                ask(3)
                running[name].__exit__(None)
                ask(3)
                running[name] = self.start(name).__enter__()
                self.balance()
                ask(6)
        finally:
            for proxy in running.values():
                proxy.__exit__(None)

        self.assertEqual(codes, [(0, b"served")] * len(codes))


if __name__ == "__main__":
    main()
