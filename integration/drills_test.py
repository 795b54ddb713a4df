#!/usr/bin/env python3
"""Failover drills run from a shell, with `quic-proxy drill`, against the real proxy."""

import json
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from support.admin import ask
from support.case import ProxyTest, main, wait_for
from support.contract import Contract
from support.process_backends import process_backend, run_by_the_proxy
from support.proxy import BINARY, ROOT

DRILL_SECONDS = 120  # for a drill that takes a quarter of that at most

contract = Contract()


def plan(**changes):
    """A quick drill that breaks backend1."""
    return {"name": "quick", "load": {"rate": 20}, "before": {"lasts": "1s"}, "after": {"lasts": "1s"},
            "fault": {"action": "crash", "backend": "backend1", "lasts": "2s"}} | changes


class DrillTest(ProxyTest):
    BACKENDS = 3
    CONFIG = {"health_check": {"enabled": True, "interval": "1s", "timeout": "1s", "healthy_threshold": 1}}

    def command(self, file="-", *arguments, proxy=None):
        port = (proxy or self.proxy).control_port
        return [BINARY, "drill", str(file), "--control", f"http://127.0.0.1:{port}", *arguments]

    def run_drill(self, text, *arguments, proxy=None):
        text = text if isinstance(text, str) else json.dumps(text)
        return subprocess.run(self.command("-", *arguments, proxy=proxy), input=text, capture_output=True, text=True,
                              timeout=DRILL_SECONDS)

    def start_drill(self, text, proxy=None):
        """The command, once the backend is broken."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            file.write(json.dumps(text))
        self.addCleanup(Path(file.name).unlink)
        command = subprocess.Popen(self.command(file.name, proxy=proxy), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        self.addCleanup(command.stdout.close)
        self.addCleanup(command.wait, DRILL_SECONDS)
        self.addCleanup(command.kill)
        (proxy or self.proxy).wait_for_line(msg="Drill step", detail="Wait for the others to take over")
        return command

    def states(self, proxy=None):
        backends = ask((proxy or self.proxy).control_port, "/api/backends").json()["backends"]
        return {backend["name"]: backend["state"] for backend in backends}

    def drain(self, *names):
        for name in names:
            ask(self.proxy.control_port, f"/api/backend/drain?name={name}", "POST")
            self.addCleanup(ask, self.proxy.control_port, f"/api/backend/undrain?name={name}", "POST")


class VerdictTest(DrillTest):
    def test_the_failover_drill_passes_without_a_failed_request(self):
        with tempfile.TemporaryDirectory() as folder:
            html, run = Path(folder) / "report.html", Path(folder) / "run.json"
            done = self.run_drill((ROOT / "drills" / "failover.yaml").read_text(), "--html", str(html), "--json", str(run))
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            page, run = html.read_text(), json.loads(run.read_text())

        self.assertIn("Drill step: Crash backend1", done.stdout)
        self.assertRegex(done.stdout, r"Failover: passed: None of \d+ requests failed\.")
        self.assertIsNone(contract.complaint("DrillRun", run))
        self.assertEqual((run["state"], run["requests"]["failed"]), ("passed", 0))
        self.assertGreater(run["requests"]["succeeded"], 100)
        self.assertEqual({step["state"] for step in run["steps"]}, {"done"})
        self.assertEqual({check["state"] for check in run["checks"]}, {"holds"})
        self.assertTrue(any(sample["backends"]["backend1"] == 0 and sample["succeeded"] for sample in run["samples"]))
        self.assertTrue(page.startswith("<!doctype html>") and "passed" in page)
        self.assertEqual(set(self.states().values()), {"healthy"})

    def test_the_drill_of_the_documents_passes(self):
        text = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "drills.md").read_text(), re.S)[1]

        done = self.run_drill(text)

        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_a_drill_fails_when_nobody_is_left_to_take_over(self):
        self.drain("backend2", "backend3")

        done = self.run_drill(plan(before={"lasts": "1s", "healthy_backends": 1}, during={"shifted_within": "2s"},
                                   abort={"failed_requests_above": 1000000, "success_percent_below": 0}))

        self.assertEqual((done.returncode, done.stderr), (4, ""), done.stdout)
        self.assertRegex(done.stdout, r"quick: failed: The others had not taken over from backend1 after 2s; \d+ of \d+ "
                                      r"requests failed\.")
        self.assertEqual(self.states()["backend1"], "healthy")

    def test_a_drill_that_is_aborted_puts_right_what_it_broke(self):
        self.drain("backend2", "backend3")

        done = self.run_drill(plan(before={"lasts": "1s", "healthy_backends": 1}, abort={"failed_requests_above": 5},
                                   fault={"backend": "backend1", "lasts": "10m"}))

        self.assertEqual((done.returncode, done.stderr), (5, ""), done.stdout)
        self.assertRegex(done.stdout, r"quick: aborted: \d+ requests failed, and more than 5 break it off")
        self.assertEqual(self.states()["backend1"], "healthy")
        self.assertFalse(ask(self.proxy.control_port, "/api/status").json()["load"]["running"])


class CrashTest(DrillTest):
    BACKENDS = 0

    def test_nobody_notices_when_a_backend_is_really_killed(self):
        proxy = self.start_proxy([], run_by_the_proxy([process_backend(number) for number in (1, 2, 3)]))
        for name in ("backend1", "backend2", "backend3"):
            proxy.wait_for_line(msg="Backend output", backend=name)
        wait_for(lambda: self.states(proxy).values(), lambda states: set(states) == {"healthy"})

        done = self.run_drill((ROOT / "drills" / "failover.yaml").read_text(), proxy=proxy)

        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, "(?s)Crash backend1.*signal 9.*Marked backend as unhealthy.*Start backend1 again.*"
                                      r"Marked backend as healthy.*None of \d+ requests failed")


class EndTest(DrillTest):
    LONG = plan(fault={"backend": "backend1", "lasts": "10m"})

    def test_whoever_interrupts_the_command_stops_the_drill(self):
        command = self.start_drill(self.LONG)
        self.assertEqual(self.states()["backend1"], "stopped")

        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=DRILL_SECONDS)

        self.assertEqual(command.returncode, 5, output)
        self.assertIn("quick: aborted: It was stopped by 127.0.0.1.", output)
        self.assertEqual(self.states()["backend1"], "healthy")

    def test_a_proxy_that_ends_puts_right_what_a_drill_broke(self):
        proxy = self.start_proxy(self.backends, self.CONFIG)
        self.start_drill(self.LONG, proxy)

        proxy.signal(signal.SIGTERM)
        proxy.wait_for_exit()

        self.assertTrue(proxy.find_lines(msg="Drill broken off", detail="the proxy ends"))
        self.assertTrue(proxy.find_lines(msg="Backend started", backend="backend1"))


class RefusalTest(DrillTest):
    def assert_refused(self, code, message, done):
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertRegex(done.stderr, message)

    def test_a_bad_file_is_not_sent(self):
        done = self.run_drill("name: x\nfault: {action: explode}\n")

        self.assert_refused(2, r"^<stdin>:2:17: \"explode\" is not a choice here", done)
        self.assertEqual(self.proxy.find_lines(msg="Drill started"), [])

    def test_a_file_that_is_not_there(self):
        done = subprocess.run(self.command("none.yaml"), capture_output=True, text=True, timeout=30)

        self.assert_refused(2, r"^quic-proxy: cannot read \"none.yaml\": No such file or directory\n$", done)

    def test_nobody_there(self):
        done = subprocess.run([BINARY, "drill", "-", "--control", "http://localhost:1"], input="name: x", text=True,
                              capture_output=True, timeout=60)

        self.assert_refused(1, r"^quic-proxy: the control center does not answer: .*\n$", done)

    def test_somebody_else_there(self):
        done = subprocess.run([BINARY, "drill", "-", "--control", self.backend.url], input="name: x", text=True,
                              capture_output=True, timeout=60)

        self.assert_refused(1, "the control center says something that is no run of a drill", done)

    def test_none_beside_a_load_of_somebody_else(self):
        ask(self.proxy.control_port, "/api/load/start?rate=5", "POST")
        self.addCleanup(ask, self.proxy.control_port, "/api/load/stop", "POST")

        self.assert_refused(1, r"refuses \(409\): a load is under way", self.run_drill(plan()))


class FilesTest(DrillTest):
    def test_the_drills_of_files_are_offered_and_can_change(self):
        with tempfile.TemporaryDirectory() as folder:
            drill, config = Path(folder) / "mine.yaml", Path(folder) / "config"
            drill.write_text("name: mine\ntitle: Mine\n")
            changes = self.CONFIG | {"control": {"drills": [str(drill)]}}
            proxy = self.start_proxy(self.backends, changes, file=config)
            offered = ask(proxy.control_port, "/api/drills").json()["drills"]
            self.assertEqual([one["name"] for one in offered], ["failover", "mine"])

            drill.write_text("name: mine\ntitle: Another\n")
            proxy.reload_and_wait(config.read_text())
            offered = ask(proxy.control_port, "/api/drills").json()["drills"]
            self.assertEqual([one["title"] for one in offered], ["Failover", "Another"])

            drill.write_text("nam: mine\n")
            proxy.signal(signal.SIGHUP)
            line = proxy.wait_for_line(msg="Configuration not reloaded")
            self.assertIn("mine.yaml:1:1: ", line["reason"])


if __name__ == "__main__":
    main()
