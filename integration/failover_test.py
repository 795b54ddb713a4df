#!/usr/bin/env python3
"""Backends that die, hang and come back under load: clients don't notice, and everybody else is told."""

import time

from support.admin import ask, ask_until
from support.backend import response
from support.backend_process import BackendProcess
from support.case import ProxyTest, main
from support.clients import curl
from support.steady_load import SteadyLoad

# A twentieth of the usual times.
CHECKS = {"enabled": True, "interval": "500ms", "timeout": "500ms", "unhealthy_threshold": 3, "healthy_threshold": 2}
# The load ends without a goodbye.
QUIET = {"telemetry": {"logging": {"access_log": {"enabled": False}}}, "server": {"quic": {"idle_timeout": "5s"}}}
QUICK_CHECKS = CHECKS | {"unhealthy_threshold": 2, "healthy_threshold": 1}
PATIENCE = 30
CYCLES = 10
CYCLES_MIN = 3
CYCLES_SECONDS = 25  # a slow machine makes fewer


class FailoverTest(ProxyTest):
    BACKENDS = 0

    def start(self, changes):
        self.processes = [self.enterContext(BackendProcess(f"backend{number}")) for number in (1, 2, 3)]
        return self.start_proxy(self.processes, changes)

    def events(self, proxy, backend):
        return [(line["level"], line["msg"]) for line in proxy.find_lines(backend=backend) if line["msg"] != "request"]

    def is_in(self, proxy, backend):
        moves = [message for _, message in self.events(proxy, backend) if "load balancer" in message]
        return not moves or moves[-1] == "Added to load balancer"

    def wait_until(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE} s")
            time.sleep(0.02)

    def summary(self, proxy):
        answer = ask(proxy.plain_port, "/health")
        page = answer.json()
        return answer.status, page["status"], page["healthy_backends"], page["total_backends"]

    def test_the_timeline_of_a_failure_and_a_recovery(self):
        proxy = self.start({"health_check": CHECKS})
        proxy.wait_for_line(PATIENCE, backend="backend1", msg="Health check passed")
        self.assertEqual(self.summary(proxy), (200, "healthy", 3, 3))

        self.processes[0].kill()
        self.wait_until(lambda: not self.is_in(proxy, "backend1"))

        self.assertEqual(self.events(proxy, "backend1")[-5:],
                         [("warn", "Health check failed")] * 3 + [("info", "Marked backend as unhealthy"),
                                                                  ("info", "Removed from load balancer")])
        self.assertEqual(self.summary(proxy), (200, "degraded", 2, 3))
        served = {curl("h3", proxy.url("h3")).get("x-backend") for _ in range(6)}
        self.assertEqual(served, {"backend2", "backend3"})

        self.processes[0].start()
        self.wait_until(lambda: self.is_in(proxy, "backend1"))

        self.assertEqual(self.events(proxy, "backend1")[-4:],
                         [("info", "Health check passed")] * 2 + [("info", "Marked backend as healthy"),
                                                                  ("info", "Added to load balancer")])
        self.assertEqual(self.summary(proxy), (200, "healthy", 3, 3))
        served = {curl("h3", proxy.url("h3")).get("x-backend") for _ in range(6)}
        self.assertEqual(served, {"backend1", "backend2", "backend3"})

    def test_nobody_waits_when_all_are_down(self):
        proxy = self.start({"health_check": QUICK_CHECKS})
        for process in self.processes:
            process.kill()
        ask_until(lambda answer: answer.status == 503, proxy.plain_port, "/health", PATIENCE)
        self.assertEqual(self.summary(proxy), (503, "unhealthy", 0, 3))

        got = curl("h3", proxy.url("h3", "/down"), seconds=10)

        self.assertEqual(got.status, 503)
        self.assertEqual(proxy.access_line("/down")["attempts"], 0)

    def fail_again_and_again(self, proxy, fail, mend):
        """One backend after the other fails and is mended, under load; prints who served meanwhile."""
        with SteadyLoad(proxy) as load:
            began, cycles = time.monotonic(), 0
            print(f"\n  before: {dict(sorted(load.share().items()))}")
            while cycles < CYCLES_MIN or (cycles < CYCLES and time.monotonic() < began + CYCLES_SECONDS):
                process = self.processes[cycles % len(self.processes)]
                cycles += 1
                fail(process)
                self.wait_until(lambda: not self.is_in(proxy, process.name))
                without = load.share()
                mend(process)
                self.wait_until(lambda: self.is_in(proxy, process.name))
                print(f"  without {process.name}: {dict(sorted(without.items()))}")
                self.assertNotIn(process.name, without)
            after = load.share()
            print(f"  after:  {dict(sorted(after.items()))}")
            print(f"  {cycles} failures, {load.total} requests, {len(load.failures)} of them failed")
        self.assertEqual(load.failures, [])
        self.assertEqual(set(after), {process.name for process in self.processes})

    def test_no_request_is_lost_when_a_backend_is_killed(self):
        proxy = self.start(QUIET | {"health_check": QUICK_CHECKS})

        self.fail_again_and_again(proxy, BackendProcess.kill, BackendProcess.start)

    def test_no_request_is_lost_when_a_backend_hangs(self):
        retry = {"attempts": 8, "on": ["connect_failure", "refused", "stale", "reset", "timeout"],
                 "per_try_timeout": "1s"}
        proxy = self.start(QUIET | {"health_check": QUICK_CHECKS, "retry": retry})

        self.fail_again_and_again(proxy, BackendProcess.stop, BackendProcess.resume)


class OutlierTest(ProxyTest):
    BACKENDS = 2
    CONFIG = {"outlier_detection": {"enabled": True, "consecutive_failures": 3, "base_ejection_time": "1s"}}

    def test_who_fails_request_after_request_is_out_for_a_while(self):
        self.backend.handler = lambda *_: response(503, b"busy")
        statuses = [curl("h3", self.proxy.url("h3")).status for _ in range(6)]
        self.assertEqual(sorted(statuses), [200] * 3 + [503] * 3)
        line = self.proxy.wait_for_line(PATIENCE, msg="Ejected backend", backend="backend1")
        self.assertEqual((line["level"], line["failures"], line["times"], line["ejection_ms"]), ("warn", 3, 1, 1000))

        self.backend.forget()
        self.proxy.wait_for_line(PATIENCE, msg="Readmitted backend", backend="backend1")

        self.assertEqual([(line["msg"], line["reason"]) for line in self.proxy.find_lines(backend="backend1")
                          if "load balancer" in line["msg"]],
                         [("Removed from load balancer", "outlier_detection"),
                          ("Added to load balancer", "outlier_detection")])
        self.assertEqual([curl("h3", self.proxy.url("h3")).status for _ in range(4)], [200] * 4)
        self.assertEqual(len(self.backend.requests), 2)

    def test_the_last_one_stays(self):
        broken = self.start_backend(lambda *_: response(502, b""))
        proxy = self.start_proxy([broken], self.CONFIG)

        statuses = [curl("plain", proxy.url("plain")).status for _ in range(4)]

        self.assertEqual(statuses, [502] * 4)
        proxy.wait_for_line(PATIENCE, msg="Backend keeps failing", backend="backend1")


if __name__ == "__main__":
    main()
