#!/usr/bin/env python3
"""The control center's API: who may ask, what it tells, and what it does to backends."""

import http.client
import json
import threading

from support.admin import ask, ask_until
from support.backend import response
from support.case import ProxyTest, main, wait_for
from support.clients import curl


class Events:
    """A stream of events, read one by one."""

    def __init__(self, port, fields=None):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._connection.request("GET", "/api/events", headers=fields or {})
        self.response = self._connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def next(self):
        event = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line:
                return event["event"], json.loads(event["data"]), event.get("id")
            name, _, value = line.partition(": ")
            event[name] = value

    def until(self, condition):
        for _ in range(1000):
            kind, data, id_ = self.next()
            if condition(kind, data):
                return kind, data, id_
        raise AssertionError("it was never told")


class ControlCenterTest(ProxyTest):
    BACKENDS = 3

    def tearDown(self):
        for backend in self.backends:
            self.post("/api/backend/undrain", backend.name)
        super().tearDown()

    def get(self, path, fields=None):
        return ask(self.proxy.control_port, path, fields=fields)

    def post(self, path, name=None, fields=None):
        return ask(self.proxy.control_port, path + (f"?name={name}" if name else ""), "POST", fields=fields)

    def state_of(self, name):
        return {one["name"]: one for one in self.get("/api/backends").json()["backends"]}[name]

    def wait_for_state(self, name, state):
        def is_so(answer):
            one = next(one for one in answer.json()["backends"] if one["name"] == name)
            return one["state"] == state and one["pending"] is None
        ask_until(is_so, self.proxy.control_port, "/api/backends")

    def served_by(self):
        return {curl("plain", self.proxy.url("plain")).get("x-backend") for _ in range(6)}

    def test_the_page_is_there_with_its_policy(self):
        answer = self.get("/control")

        self.assertEqual(answer.status, 200)
        self.assertIn(b"<title>Control center", answer.body)
        self.assertIn("default-src 'none'", answer.fields["content-security-policy"])
        self.assertEqual(self.get("/control/app.js").status, 200)

    def test_the_status_tells_of_the_whole_proxy(self):
        status = self.get("/api/status").json()

        expected = {"name": "quic-proxy", "state": "healthy", "ending": False, "healthy_backends": 3,
                    "total_backends": 3, "driver": "drain", "log_level": "info", "may_change": True}
        self.assertEqual({name: status[name] for name in expected}, expected)

    def test_a_stopped_backend_gets_no_requests_until_it_is_started(self):
        answer = self.post("/api/backend/stop", "backend1")
        self.assertEqual((answer.status, answer.json()["name"]), (202, "backend1"))
        self.wait_for_state("backend1", "stopped")
        self.assertEqual(self.served_by(), {"backend2", "backend3"})
        self.assertEqual(ask(self.proxy.health_port, "/health").json()["status"], "degraded")

        self.assertEqual(self.post("/api/backend/start", "backend1").status, 202)
        self.wait_for_state("backend1", "healthy")
        self.assertEqual(self.served_by(), {"backend1", "backend2", "backend3"})

    def test_a_drained_backend_gets_no_requests_until_it_is_undrained(self):
        self.post("/api/backend/drain", "backend2")
        self.assertEqual(self.state_of("backend2")["state"], "draining")
        self.assertEqual(self.served_by(), {"backend1", "backend3"})

        self.post("/api/backend/undrain", "backend2")
        self.assertEqual(self.served_by(), {"backend1", "backend2", "backend3"})

    def test_a_restarted_backend_comes_back(self):
        self.assertEqual(self.post("/api/backend/restart", "backend3").status, 202)

        self.wait_for_state("backend3", "healthy")

    def test_a_crash_takes_one_healthy_backend(self):
        name = self.post("/api/crash").json()["name"]

        self.wait_for_state(name, "stopped")
        self.assertNotIn(name, self.served_by())

    def test_a_crash_needs_somebody_to_crash(self):
        for backend in self.backends:
            self.post("/api/backend/drain", backend.name)

        answer = self.post("/api/crash")

        self.assertEqual((answer.status, answer.json()["error"]), (409, "conflict"))
        self.assertEqual(ask(self.proxy.health_port, "/health").status, 503)

    def test_mistakes_are_named(self):
        for path, method, status, error in (("/api/backend/stop?name=nobody", "POST", 404, "unknown_backend"),
                                            ("/api/backend/stop", "POST", 400, "bad_parameter"),
                                            ("/api/backend/stop?name=backend1", "GET", 405, "wrong_method"),
                                            ("/api/status", "POST", 405, "wrong_method"),
                                            ("/api/nothing", "GET", 404, "unknown_path"),
                                            ("/api/logging?level=loud", "POST", 400, "bad_parameter"),
                                            ("/api/activity?after=x", "GET", 400, "bad_parameter")):
            with self.subTest(path=path, method=method):
                answer = ask(self.proxy.control_port, path, method)

                self.assertEqual((answer.status, answer.json()["error"]), (status, error))
                self.assertTrue(answer.json()["message"])

    def test_strangers_may_not(self):
        for fields, status, error in (({"Origin": "http://evil.example"}, 403, "wrong_origin"),
                                      ({"Host": "rebound.example"}, 403, "wrong_host"),
                                      ({"X-Forwarded-For": "198.51.100.1"}, 401, "token_required")):
            with self.subTest(fields):
                answer = self.post("/api/backend/stop", "backend1", fields)

                self.assertEqual((answer.status, answer.json()["error"]), (status, error))
        self.assertEqual(self.state_of("backend1")["state"], "healthy")

    def test_the_token_that_was_printed_opens_the_door(self):
        token = self.proxy.wait_for_line(msg="Control center")["token"]
        behind = {"X-Forwarded-For": "198.51.100.1"}

        wrong = self.post("/api/backend/undrain", "backend1", {**behind, "Authorization": "Bearer " + "0" * 32})
        right = self.post("/api/backend/undrain", "backend1", {**behind, "Authorization": f"Bearer {token}"})

        self.assertEqual((wrong.status, wrong.json()["error"]), (401, "wrong_token"))
        self.assertEqual(right.status, 202)

    def test_a_configured_token_is_told_nobody(self):
        proxy = self.start_proxy(self.backends, {"control": {"token": "correct-horse-battery"}})

        self.assertNotIn("token", proxy.wait_for_line(msg="Control center"))
        dump = ask(proxy.control_port, "/config_dump").text
        self.assertNotIn("correct-horse", dump)
        self.assertIn('token: "<redacted>"', dump)

    def test_operators_leave_a_trace(self):
        self.post("/api/backend/drain", "backend1")

        line = self.proxy.wait_for_line(msg="Operator action", backend="backend1", detail="drain by 127.0.0.1")
        self.assertEqual(line["level"], "info")
        entries = self.get("/api/activity").json()["activity"]
        self.assertIn(("operator", "Operator action", "drain by 127.0.0.1"),
                      [(one["kind"], one["message"], one["detail"]) for one in entries])
        newest = entries[-1]["id"]
        self.assertEqual(self.get(f"/api/activity?after={newest}").json(), {"activity": []})

    def test_events_tell_what_happens_while_it_does(self):
        with Events(self.proxy.control_port) as events:
            self.assertEqual(events.response.getheader("content-type"), "text/event-stream")
            self.assertEqual([events.next()[0], events.next()[0]], ["status", "backends"])

            self.post("/api/backend/drain", "backend3")

            _, entry, id_ = events.until(lambda kind, data: kind == "activity" and data["backend"] == "backend3"
                                         and data["detail"].startswith("drain"))
            self.assertEqual(str(entry["id"]), id_)
            events.until(lambda kind, data: kind == "backends" and data["backends"][2]["state"] == "draining")
            events.until(lambda kind, data: kind == "status" and data["healthy_backends"] == 2)
        with Events(self.proxy.control_port, {"Last-Event-ID": id_}) as events:
            self.post("/api/backend/undrain", "backend3")
            _, entry, _ = events.until(lambda kind, _: kind == "activity")
            self.assertGreater(entry["id"], int(id_))

    def test_one_stream_of_events_too_many_is_refused(self):
        streams = [self.enterContext(Events(self.proxy.control_port)) for _ in range(16)]
        self.assertEqual({stream.response.status for stream in streams}, {200})

        answer = self.get("/api/events")

        self.assertEqual((answer.status, answer.json()["error"]), (503, "too_many_streams"))
        for stream in streams:
            stream.__exit__()
        ask_until(lambda answer: answer.status == 200, self.proxy.control_port, "/api/status")

    def test_the_level_of_the_log_changes(self):
        proxy = self.start_proxy(self.backends)

        answer = ask(proxy.control_port, "/api/logging?level=error", "POST")
        ask(proxy.control_port, "/api/backend/drain?name=backend1", "POST")

        self.assertEqual(answer.json(), {"level": "error"})
        self.assertEqual(ask(proxy.control_port, "/api/status").json()["log_level"], "error")
        self.assertEqual(proxy.find_lines(msg="Operator action", backend="backend1"), [])

    def test_load_is_made_over_http3(self):
        started = ask(self.proxy.control_port, "/api/load/start?rate=200&seconds=60&path=/made", "POST")
        self.assertEqual(started.status, 200, started.text)
        self.assertEqual({name: started.json()[name] for name in ("running", "rate", "path")},
                         {"running": True, "rate": 200, "path": "/made"})

        ask_until(lambda answer: answer.json()["load"]["succeeded"] >= 50, self.proxy.control_port, "/api/status")
        stopped = self.post("/api/load/stop").json()

        self.assertFalse(stopped["running"])
        self.assertEqual(stopped["failed"], 0)
        line = self.proxy.access_line("/made")
        self.assertEqual((line["protocol"], line["user_agent"]), ("h3", "quic-proxy load"))
        sent = ask_until(lambda answer: (lambda load: load["sent"] == load["succeeded"])(answer.json()["load"]),
                         self.proxy.control_port, "/api/status").json()["load"]["sent"]
        self.assertEqual(self.get("/api/status").json()["load"]["sent"], sent)

    def test_numbers_are_those_of_the_requests(self):
        proxy = self.start_proxy(self.backends)
        self.backends[0].handler = lambda *_: response(500, b"")
        for _ in range(30):
            curl("plain", proxy.url("plain"))

        traffic = ask_until(lambda answer: answer.json()["traffic"]["requests_total"] == 30, proxy.control_port,
                            "/api/status").json()["traffic"]
        self.assertIsNotNone(traffic["latency"]["p99_ms"])
        self.assertIsNotNone(traffic["success_percent"])  # of the last seconds, whichever requests these saw
        backends = ask(proxy.control_port, "/api/backends").json()["backends"]
        self.assertEqual([one["requests_total"] for one in backends], [10, 10, 10])
        self.assertEqual([one["failures_total"] for one in backends], [10, 0, 0])
        series = ask_until(lambda answer: answer.json()["series"], proxy.control_port, "/api/series").json()
        self.assertEqual({len(one["values"]) for one in series["series"]}, {len(series["times"])})
        self.assertLessEqual({"requests_total", "success_percent", "latency_ms", "backend_requests",
                              "backend_latency_p95_ms", "transfer_bytes_per_second", "concurrency", "memory_bytes",
                              "cpu_percent", "request_rate"}, {one["panel"] for one in series["series"]})

    def test_load_ends_by_itself_and_counts_failures(self):
        proxy = self.start_proxy(self.backends)
        for backend in self.backends:
            ask(proxy.control_port, f"/api/backend/drain?name={backend.name}", "POST")

        ask(proxy.control_port, "/api/load/start?rate=100&seconds=60", "POST")
        ask_until(lambda answer: answer.json()["load"]["failed"] > 0, proxy.control_port, "/api/status")
        ask(proxy.control_port, "/api/load/start?rate=100&seconds=1", "POST")  # a new plan for the same load

        load = ask_until(lambda answer: not answer.json()["load"]["running"], proxy.control_port,
                         "/api/status").json()["load"]
        self.assertGreater(load["failed"], 0)
        self.assertEqual(load["succeeded"], 0)

    def test_answers_to_one_load_are_not_those_of_the_next(self):
        gate = threading.Event()
        self.addCleanup(gate.set)

        def wait_and_answer(*_):
            gate.wait(20)
            return response(200, b"")

        proxy = self.start_proxy([self.start_backend(wait_and_answer)])
        ask(proxy.control_port, "/api/load/start?rate=50", "POST")
        ask_until(lambda answer: answer.json()["load"]["sent"] >= 10, proxy.control_port, "/api/status")
        ask(proxy.control_port, "/api/load/stop", "POST")

        ask(proxy.control_port, "/api/load/start?rate=1", "POST")
        gate.set()

        load = ask_until(lambda answer: answer.json()["load"]["succeeded"] > 0, proxy.control_port,
                         "/api/status").json()["load"]
        self.assertLessEqual(load["succeeded"], load["sent"])

    def test_load_has_bounds(self):
        for query in ("rate=0", "rate=1001", "rate=x", "seconds=0", "seconds=3601", "path=x", "path=/%20",
                      "path=/" + "x" * 1024):
            with self.subTest(query):
                answer = ask(self.proxy.control_port, f"/api/load/start?{query}", "POST")

                self.assertEqual((answer.status, answer.json()["error"]), (400, "bad_parameter"))
        self.assertFalse(self.get("/api/status").json()["load"]["running"])

    def test_routes_are_told_in_their_order(self):
        proxy = self.start_proxy(self.backends, {"routes": [
            {"match": {"path": "/old"}, "redirect": {"to": "/new"}},
            {"match": {"host": "a.test", "methods": ["GET"]}, "backends": ["backend2"]}]})

        routes = ask(proxy.control_port, "/routes").json()["routes"]

        self.assertEqual([(one["path"], one["host"], one["methods"], one["backends"], one["redirect"])
                          for one in routes],
                         [("/old", "", [], [], "/new"), ("", "a.test", ["GET"], ["backend2"], None)])


class RetriesTest(ProxyTest):
    BACKENDS = 2
    CONFIG = {"health_check": {"enabled": False}}

    def retries(self):
        activity = ask(self.proxy.control_port, "/api/activity").json()["activity"]
        return [entry for entry in activity if entry["kind"] == "retry"]

    def test_requests_that_a_dead_backend_lost_are_told_with_their_number(self):
        self.assertEqual(self.retries(), [])
        self.backends[0].close()

        for _ in range(8):
            self.assertEqual(curl("plain", self.proxy.url("plain")).get("x-backend"), "backend2")

        told = wait_for(self.retries, lambda entries: entries)
        self.assertEqual({(entry["backend"], entry["message"]) for entry in told}, {("backend1", "Retried requests")})
        self.assertRegex(told[0]["detail"], r"^[1-8] requests? (was|were) tried again after failing here$")


if __name__ == "__main__":
    main()
