#!/usr/bin/env python3
"""Backends that the proxy runs itself: supervised, stopped and started by operators, gone when the proxy is."""

import os
import re
import signal
import tempfile
from pathlib import Path

from support.admin import ask
from support.case import ProxyTest, main, wait_for
from support.clients import curl
from support.operator import Operator
from support.process_backends import CHECKS, process_backend, run_by_the_proxy
from support.proxy import PATIENCE_SECONDS, configuration

PATIENCE = PATIENCE_SECONDS
STUBBORN = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]


def is_there(pid):
    """A process that runs. One that has ended and was not asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class ProcessDriverTest(ProxyTest):
    BACKENDS = 0

    def start(self, *backends, **options):
        proxy = self.start_proxy([], run_by_the_proxy(list(backends)), **options)
        for backend in backends:
            if "--port" in backend["command"]:
                self.pid(proxy, backend["name"])
                self.wait_until_served_by(proxy, backend["name"])
        return proxy

    def pids(self, proxy, name):
        """Of all processes that have run for this backend, in order."""
        return [int(re.search(r"\(pid (\d+)\)", line["detail"])[1])
                for line in proxy.find_lines(msg="Backend process started", backend=name)]

    def pid(self, proxy, name, count=1):
        proxy.wait_for_line(PATIENCE, count, msg="Backend process started", backend=name)
        return self.pids(proxy, name)[count - 1]

    def wait_until_gone(self, pid):
        wait_for(lambda: is_there(pid), lambda there: not there)

    def served_by(self, proxy):
        return {curl("plain", proxy.url("plain")).get("x-backend") for _ in range(6)}

    def wait_until_served_by(self, proxy, name, starts=1):
        """Asks nothing before it listens: whoever fails request after request is taken out for long."""
        if self.pids(proxy, name):
            proxy.wait_for_line(PATIENCE, starts, msg="Backend output", backend=name)
        wait_for(lambda: self.served_by(proxy), lambda names: name in names)


class LifeTest(ProcessDriverTest):
    def test_backends_run_for_as_long_as_the_proxy(self):
        proxy = self.start(process_backend(1), process_backend(2))
        pids = [self.pid(proxy, "backend1"), self.pid(proxy, "backend2")]
        line = proxy.wait_for_line(PATIENCE, msg="Backend output", backend="backend1")
        self.assertTrue(line["line"].startswith("backend1 listens on "), line)
        self.assertEqual(ask(proxy.control_port, "/api/status").json()["driver"], "process")
        self.assertEqual({os.getpgid(pid) for pid in pids}, set(pids), "each is a group of its own")

        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait_for_exit(PATIENCE), 0)

        self.assertEqual([is_there(pid) for pid in pids], [False, False])
        self.assertEqual(len(proxy.find_lines(msg="Backend process ended", detail="exit code 0")), 2)
        messages = [line["msg"] for line in proxy.lines]
        self.assertLess(messages.index("Draining"), messages.index("Backend process ended"))
        self.assertEqual(messages[-1], "Stopped")

    def test_who_does_not_listen_yet_gets_no_requests_and_is_let_in_as_soon_as_it_does(self):
        rarely = {"health_check": CHECKS | {"interval": "1h"}}
        backends = [process_backend(1), process_backend(2, ["sh", "-c", "exec sleep 3600"])]
        proxy = self.start_proxy([], run_by_the_proxy(backends) | rarely)

        proxy.wait_for_line(PATIENCE, msg="Added to load balancer", backend="backend1")

        self.assertEqual(self.served_by(proxy), {"backend1"})
        self.assertEqual({line["attempts"] for line in proxy.find_lines(msg="request")}, {1})

    def test_nobody_outlives_a_proxy_that_is_killed(self):
        proxy = self.start(process_backend(1), process_backend(2, STUBBORN), expected_exit=-signal.SIGKILL)
        pids = [self.pid(proxy, "backend1"), self.pid(proxy, "backend2")]
        self.assertEqual([is_there(pid) for pid in pids], [True, True])

        proxy.kill()

        for pid in pids:
            self.wait_until_gone(pid)

    def test_what_ignores_its_orders_is_killed(self):
        proxy = self.start(process_backend(1, STUBBORN))
        proxy.wait_for_line(PATIENCE, msg="Backend output", line="ready")
        pid = self.pid(proxy, "backend1")

        Operator(proxy).order("stop", "backend1")

        Operator(proxy).wait_for_state("backend1", "stopped")
        self.assertFalse(is_there(pid))
        proxy.wait_for_line(PATIENCE, msg="Backend process ended", detail="signal 9 (Killed)", level="info")

    def test_a_second_signal_does_not_wait_for_who_ignores_the_first(self):
        proxy = self.start(process_backend(1, STUBBORN))
        proxy.wait_for_line(PATIENCE, msg="Backend output", line="ready")
        pid = self.pid(proxy, "backend1")
        proxy.signal(signal.SIGTERM)
        proxy.wait_for_line(PATIENCE, msg="Draining")

        proxy.signal(signal.SIGTERM)

        self.assertEqual(proxy.wait_for_exit(PATIENCE), 0)
        self.assertFalse(is_there(pid))

    def test_what_ends_by_itself_is_started_again(self):
        proxy = self.start(process_backend(1), process_backend(2))
        os.kill(self.pid(proxy, "backend1"), signal.SIGKILL)

        second = self.pid(proxy, "backend1", 2)

        ended = proxy.wait_for_line(PATIENCE, msg="Backend process ended", backend="backend1")
        self.assertEqual((ended["level"], ended["detail"]),
                         ("warn", "signal 9 (Killed), though nobody asked it to; next start in 0.2 s"))
        self.assertTrue(is_there(second))
        self.wait_until_served_by(proxy, "backend1", 2)
        self.assertIn(("driver", "warn", "backend1", ended["msg"], ended["detail"]),
                      [(one["kind"], one["level"], one["backend"], one["message"], one["detail"])
                       for one in Operator(proxy).activity()])

    def test_a_program_that_is_not_there_is_named_and_tried_again(self):
        proxy = self.start(process_backend(1), process_backend(2, ["no-such-program", "x"]))
        why = 'cannot run "no-such-program": No such file or directory'

        proxy.wait_for_line(PATIENCE, msg="Backend process not started", detail=f"{why}; next attempt in 0.2 s")
        proxy.wait_for_line(PATIENCE, msg="Backend process not started", detail=f"{why}; next attempt in 0.4 s")
        self.assertEqual([Operator(proxy).backend(name)["process"] for name in ("backend1", "backend2")],
                         ["running", "waiting"])

        Operator(proxy).order("start", "backend2")
        Operator(proxy).wait_for_state("backend2", "stopped")
        self.assertEqual(Operator(proxy).wait_for_failure("backend2"), why)
        self.assertEqual(self.served_by(proxy), {"backend1"})


class OrdersTest(ProcessDriverTest):
    def test_stop_start_and_restart_move_the_traffic(self):
        proxy = self.start(process_backend(1), process_backend(2))
        first = self.pid(proxy, "backend1")
        before = len(proxy.find_lines(msg="request"))

        Operator(proxy).order("stop", "backend1")
        Operator(proxy).wait_for_state("backend1", "stopped")
        self.assertFalse(is_there(first))
        self.assertEqual(self.served_by(proxy), {"backend2"})

        Operator(proxy).order("start", "backend1")
        Operator(proxy).wait_for_state("backend1", "healthy")
        second = self.pid(proxy, "backend1", 2)
        self.assertEqual(self.served_by(proxy), {"backend1", "backend2"})

        Operator(proxy).order("restart", "backend1")
        third = self.pid(proxy, "backend1", 3)
        Operator(proxy).wait_for_state("backend1", "healthy")
        self.assertEqual([is_there(pid) for pid in (second, third)], [False, True])
        self.assertEqual(self.served_by(proxy), {"backend1", "backend2"})
        self.assertEqual({line["status"] for line in proxy.find_lines(msg="request")[before:]}, {200})

    def test_a_crash_is_found_out_and_is_not_mended(self):
        proxy = self.start(process_backend(1), process_backend(2))

        name = ask(proxy.control_port, "/api/crash", "POST").json()["name"]

        self.wait_until_gone(self.pid(proxy, name))
        Operator(proxy).wait_for_state(name, "unhealthy")
        backend = Operator(proxy).backend(name)
        self.assertEqual((backend["process"], backend["reason"]), ("down", "its process has ended"))
        self.assertNotIn(name, self.served_by(proxy))
        self.assertEqual(len(self.pids(proxy, name)), 1)
        Operator(proxy).order("start", name)
        Operator(proxy).wait_for_state(name, "healthy")
        self.assertIn(name, self.served_by(proxy))

    def test_a_backend_without_a_command_is_only_taken_out(self):
        theirs = self.start_backend(name="theirs")
        proxy = self.start(process_backend(1), {"name": theirs.name, "url": theirs.url, "command": []})
        self.wait_until_served_by(proxy, "theirs")

        Operator(proxy).order("stop", "theirs")
        Operator(proxy).wait_for_state("theirs", "stopped")
        self.assertEqual(self.served_by(proxy), {"backend1"})
        Operator(proxy).order("start", "theirs")
        Operator(proxy).wait_for_state("theirs", "healthy")

        self.assertEqual(self.served_by(proxy), {"backend1", "theirs"})


class ReloadTest(ProcessDriverTest):
    def test_a_reload_starts_what_is_new_and_ends_what_is_gone(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        one, two, three = (process_backend(number) for number in (1, 2, 3))
        proxy = self.start(one, two, file=folder / "proxy.yaml")
        pids = {name: self.pid(proxy, name) for name in ("backend1", "backend2")}

        proxy.reload_and_wait(configuration([], run_by_the_proxy([two, three])))

        self.pid(proxy, "backend3")
        self.wait_until_served_by(proxy, "backend3")
        self.wait_until_gone(pids["backend1"])
        self.assertEqual(self.pids(proxy, "backend2"), [pids["backend2"]])
        self.assertTrue(is_there(pids["backend2"]))
        self.assertEqual(self.served_by(proxy), {"backend2", "backend3"})

    def test_another_command_counts_from_the_next_start(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        one = process_backend(1)
        proxy = self.start(one, file=folder / "proxy.yaml")
        pid = self.pid(proxy, "backend1")
        renamed = one | {"command": [word.replace("backend1", "renamed") for word in one["command"]]}

        proxy.reload_and_wait(configuration([], run_by_the_proxy([renamed])))
        proxy.wait_for_line(PATIENCE, msg="Backend command changed", backend="backend1")
        self.assertTrue(is_there(pid))
        self.assertEqual(self.served_by(proxy), {"backend1"})

        Operator(proxy).order("restart", "backend1")
        Operator(proxy).wait_for_state("backend1", "healthy")
        self.assertEqual(self.served_by(proxy), {"renamed"})


if __name__ == "__main__":
    main()
