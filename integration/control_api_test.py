#!/usr/bin/env python3
"""The control API against its description, docs/openapi.yaml: what is answered, refused and streamed has its form.

What the answers mean is tested in control_center_test.py. Needs python3-yaml and python3-jsonschema.
"""

import http.client
import json
import signal
import time

from support.admin import ask, ask_until
from support.case import ProxyTest, main
from support.contract import Contract, Events, named_paths
from support.proxy import ROOT

SECONDS = 30  # until something has to have happened; usual is one

contract = Contract()


class ControlApiTest(ProxyTest):
    BACKENDS = 2

    def call(self, path, method="GET", query="", **options):
        """Asks, and holds the answer to the contract."""
        answer = ask(self.proxy.control_port, path + query, method, **options)
        self.assertIsNone(contract.complaint_about(path, method, answer), f"{method} {path}{query}: {answer.body[:300]}")
        return answer

    def assert_refused(self, status, error, path, method="GET", query="", **options):
        answer = self.call(path, method, query, **options)
        self.assertEqual((answer.status, answer.json()["error"]), (status, error), answer.body)

    def until_all_are_healthy(self):
        def is_so(answer):
            return all(one["state"] == "healthy" and one["pending"] is None for one in answer.json()["backends"])
        ask_until(is_so, self.proxy.control_port, "/api/backends", SECONDS)


class AnswersTest(ControlApiTest):
    def test_everything_that_can_be_read(self):
        for path, method, operation in contract.operations():
            has_to_be_told = any(part.get("required", "$ref" in part) for part in operation.get("parameters", ()))
            if method == "GET" and path != "/api/events" and not has_to_be_told:
                self.assertEqual(self.call(path).status, 200, path)

    def test_orders_to_a_backend(self):
        for action in ("stop", "start", "restart", "drain", "undrain"):
            with self.subTest(action):
                answer = self.call(f"/api/backend/{action}", "POST", "?name=backend1")

                self.assertEqual(answer.status, 202, answer.body)
                free = ask_until(lambda answer: answer.json()["backends"][0]["pending"] is None, self.proxy.control_port,
                                 "/api/backends", SECONDS)
                self.assertEqual(free.json()["backends"][1]["state"], "healthy")
        self.until_all_are_healthy()

    def test_a_crash(self):
        answer = self.call("/api/crash", "POST")

        self.assertEqual(answer.status, 202)
        self.call("/api/backend/start", "POST", f"?name={answer.json()['name']}")
        self.until_all_are_healthy()

    def test_a_load(self):
        load = self.call("/api/load/start", "POST", "?rate=20&seconds=60&path=/x").json()
        self.assertEqual((load["running"], load["rate"], load["path"]), (True, 20, "/x"))
        ask_until(lambda answer: answer.json()["load"]["succeeded"] > 10, self.proxy.control_port, "/api/status", SECONDS)

        self.assertEqual(self.call("/api/load/start", "POST", "?rate=5").json()["rate"], 5)
        self.assertFalse(self.call("/api/load/stop", "POST").json()["running"])
        self.assertEqual(self.call("/api/status").json()["load"]["failed"], 0)

    def test_connections(self):
        self.call("/api/load/start", "POST")
        self.addCleanup(self.call, "/api/load/stop", "POST")
        ask_until(lambda answer: answer.json()["total"] > 0, self.proxy.control_port, "/connections?protocol=h3",
                  SECONDS)

        listed = self.call("/connections", query="?protocol=h3&limit=1").json()["connections"]

        self.assertEqual([connection["protocol"] for connection in listed], ["h3"])

    def test_the_level_of_the_log(self):
        self.assertEqual(self.call("/api/logging", "POST", "?level=debug").json(), {"level": "debug"})

        self.call("/api/logging", "POST", "?level=info")

    def test_a_drill_that_is_ended(self):
        run = self.call("/api/drills/start", "POST", f"?name={self.call('/api/drills').json()['drills'][0]['name']}").json()
        self.assertEqual(run["state"], "running")
        self.assert_refused(409, "conflict", "/api/drills/start", "POST", f"?name={run['name']}")

        self.assertEqual(self.call("/api/drills/stop", "POST").status, 202)

        of_run = f"?id={run['id']}"
        ask_until(lambda answer: answer.json()["state"] == "aborted", self.proxy.control_port, "/api/drills/run" + of_run, SECONDS)
        self.call("/api/drills/run", query=of_run)
        self.assertIn("<!doctype html>", self.call("/api/drills/report", query=of_run).text.lower())
        self.assertEqual(self.call("/api/drills").json()["runs"][0]["id"], run["id"])
        self.until_all_are_healthy()


class RefusalsTest(ControlApiTest):
    def test_who_is_meant_has_to_exist(self):
        for action in ("stop", "start", "restart", "drain", "undrain"):
            self.assert_refused(404, "unknown_backend", f"/api/backend/{action}", "POST", "?name=backend9")
            self.assert_refused(400, "bad_parameter", f"/api/backend/{action}", "POST")

    def test_a_drill_and_a_run_have_to_exist(self):
        self.assert_refused(404, "unknown_drill", "/api/drills/start", "POST", "?name=none")
        self.assert_refused(404, "unknown_run", "/api/drills/run", query="?id=4711")
        self.assert_refused(404, "unknown_run", "/api/drills/report", query="?id=4711")

    def test_a_load_has_bounds(self):
        for query in ("?rate=0", "?rate=1001", "?rate=x", "?rate=50&seconds=0", "?seconds=3601", "?path=x"):
            self.assert_refused(400, "bad_parameter", "/api/load/start", "POST", query)

    def test_parameters_have_bounds(self):
        self.assert_refused(400, "bad_parameter", "/api/logging", "POST", "?level=loud")
        self.assert_refused(400, "bad_parameter", "/api/activity", query="?after=x")

    def test_a_list_has_bounds(self):
        for query in ("?protocol=h4", "?limit=0", "?limit=1001"):
            self.assert_refused(400, "bad_parameter", "/connections", query=query)

    def test_not_now(self):
        self.assert_refused(409, "conflict", "/api/drills/stop", "POST")

    def test_a_body_has_a_limit(self):
        self.assert_refused(413, "too_large", "/api/drills/start", "POST", body=b"x" * (64 * 1024 + 1))

    def test_a_drill_has_a_form(self):
        self.assert_refused(400, "bad_body", "/api/drills/start", "POST", body=b"steps: [")

    def test_who_comes_from_elsewhere(self):
        elsewhere = {"X-Forwarded-For": "192.0.2.1"}  # what came through a proxy did not come from this machine
        self.assert_refused(401, "token_required", "/api/status", fields=elsewhere)
        self.assert_refused(401, "wrong_token", "/api/status", fields=elsewhere | {"Authorization": "Bearer guess"})
        self.assert_refused(403, "wrong_origin", "/api/crash", "POST", fields={"Origin": "https://elsewhere.example"})
        self.assert_refused(403, "wrong_host", "/api/status", fields={"Host": "rebound.example"})


class EventsTest(ControlApiTest):
    SCHEMAS = {"status": "Status", "backends": "Backends", "activity": "Activity", "series": "Series", "drill": "DrillRun"}

    def events(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.control_port, timeout=SECONDS)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/events")
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("content-type")), (200, "text/event-stream"))
        return Events(response)

    def test_every_kind_has_its_form(self):
        seen = {}
        deadline = time.monotonic() + 2 * SECONDS
        wanted = set(self.SCHEMAS)
        stream = iter(self.events())
        self.start_drill()
        self.call("/api/logging", "POST", "?level=info")
        while seen.keys() != wanted or seen["status"] < 7:
            kind, number, data = next(stream)

            self.assertIsNone(contract.complaint(self.SCHEMAS[kind], data), kind)
            self.assertEqual(number, data["id"] if kind == "activity" else None)
            seen[kind] = seen.get(kind, 0) + 1
            self.assertLess(time.monotonic(), deadline, seen)

    def start_drill(self):
        name = self.call("/api/drills").json()["drills"][0]["name"]
        self.call("/api/drills/start", "POST", f"?name={name}")
        self.addCleanup(self.until_all_are_healthy)
        self.addCleanup(self.call, "/api/drills/stop", "POST")

    def test_the_end_of_the_proxy_is_the_end_of_the_stream(self):
        proxy = self.start_proxy(self.backends)
        connection = http.client.HTTPConnection("127.0.0.1", proxy.control_port, timeout=SECONDS)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/events")
        response = connection.getresponse()
        proxy.signal(signal.SIGTERM)

        self.assertIn(b"event: status", response.read())  # a stream that was cut off would raise IncompleteRead

    def test_one_stream_too_many(self):
        for _ in range(16):
            self.events()

        answer = ask(self.proxy.control_port, "/api/events")

        self.assertEqual((answer.status, json.loads(answer.body)["error"]), (503, "too_many_streams"))


class DocumentationTest(ControlApiTest):
    def test_the_words_name_what_the_description_describes(self):
        described = {path for path, _, _ in contract.operations()}
        named = named_paths((ROOT / "docs" / "api.md").read_text())

        self.assertEqual(named - described, set())
        self.assertEqual(described - named, {"/api/backend/undrain"})  # "drain?name=N, undrain"


if __name__ == "__main__":
    main()
