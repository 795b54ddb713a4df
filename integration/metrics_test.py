#!/usr/bin/env python3
"""The metrics page, read by the real Prometheus while the real proxy serves; dashboards and alerts beside it."""

import json
import math
import tempfile
import threading
import unittest
from pathlib import Path

from support.backend import response
from support.case import ProxyTest, main, wait_for
from support.clients import RawClient, curl
from support.prometheus import Prometheus, fetch, promtool, samples, series
from support.proxy import ROOT, Proxy, configuration

MONITORING = ROOT / "monitoring"
DASHBOARDS = MONITORING / "grafana" / "dashboards"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
METRICS = {"telemetry": {"metrics": {"enabled": True, "address": "127.0.0.1:0"}}}

# The seed's panels, in their order.
PANELS = ["HTTP Request Rate", "Total Requests", "Success Rate %", "Request Latency (Percentiles)",
          "Backend Request Distribution", "Backend Response Time (p95)", "Request/Response Sizes", "Active Goroutines",
          "Memory Usage", "CPU Usage"]

# What goes on changing when nobody asks for anything.
RESTLESS = ("process_", "worker_", "memory_", "go_memstats_", "backend_uptime_")


def total(found, name, **labels):
    """The sum of all series of that name that have these labels."""
    wanted = series(name, **labels)[1]
    return sum(value for (known, has), value in found.items() if known == name and wanted <= has)


class MetricsTest(ProxyTest):
    CONFIG = METRICS

    def page_of(self, proxy, accept="text/plain"):
        return fetch(f"http://127.0.0.1:{proxy.metrics_port}/metrics", accept)

    def samples_of(self, proxy):
        return samples(self.page_of(proxy)[1])


class SumsTest(MetricsTest):
    """Every request is counted, once, where it belongs."""

    def test_requests_are_counted_by_method_status_backend_and_protocol(self):
        self.backend.handler = lambda request, _: response(201 if request.method == "POST" else 200, b"x" * 1000,
                                                           length=request.method != "HEAD")
        proxy = self.start_proxy(self.backends, METRICS)
        for _ in range(3):
            self.assertEqual(curl("h3", proxy.url("h3")).status, 200)
        for _ in range(2):
            self.assertEqual(curl("tls", proxy.url("tls"), body=b"y" * 300).status, 201)
        with RawClient(proxy) as client:
            for _ in range(5):
                self.assertEqual(client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200)
            for method in (b"BREW", b"WHEN", b"PROPFIND"):
                self.assertEqual(client.ask(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200)

        found = wait_for(lambda: self.samples_of(proxy), lambda found: total(found, "http_requests_total") >= 13)

        requests = {key: value for key, value in found.items() if key[0] == "http_requests_total"}
        self.assertEqual(requests, {
            series("http_requests_total", method="GET", status_code="200", backend="backend1"): 8,
            series("http_requests_total", method="POST", status_code="201", backend="backend1"): 2,
            series("http_requests_total", method="_OTHER", status_code="200", backend="backend1"): 3,
        })
        self.assertEqual(found[series("http_protocol_requests_total", protocol="h3")], 3)
        self.assertEqual(found[series("http_protocol_requests_total", protocol="h1")], 10)
        self.assertEqual(found[series("http_request_duration_seconds_count")], 13)
        self.assertEqual(found[series("http_request_size_bytes_sum")], 600)
        self.assertEqual(found[series("http_response_size_bytes_sum")], 13_000)
        self.assertEqual(found[series("http_response_size_bytes_bucket", le="1024.0")], 13)
        self.assertEqual(found[series("http_response_size_bytes_bucket", le="256.0")], 0)
        self.assertEqual(found[series("backend_requests_total", backend="backend1", status="200")], 11)
        self.assertEqual(found[series("backend_response_time_seconds_count", backend="backend1")], 13)
        self.assertEqual(found[series("quic_rtt_seconds_count")], 3)

    def test_attempts_at_a_backend_that_is_down_are_counted_as_retries(self):
        down = self.start_backend(name="down")
        down.stop_listening()
        proxy = self.start_proxy([down, self.backend], METRICS)
        for _ in range(10):
            self.assertEqual(curl("plain", proxy.url("plain")).status, 200)

        found = wait_for(lambda: self.samples_of(proxy), lambda found: total(found, "http_requests_total") >= 10)

        self.assertEqual(total(found, "http_requests_total"), 10)
        self.assertEqual(total(found, "http_requests_total", backend="backend1", status_code="200"), 10)
        self.assertEqual(found[series("backend_requests_total", backend="backend1", status="200")], 10)
        failed = found[series("backend_requests_total", backend="down", status="none")]
        self.assertGreater(failed, 0)
        self.assertEqual(found[series("backend_retries_total", backend="down")], failed)
        self.assertEqual(found[series("backend_response_time_seconds_count", backend="down")], 0)

    def test_a_backend_whose_limit_is_reached_is_shown_as_such(self):
        free = threading.Event()
        self.addCleanup(free.set)
        backend = self.start_backend(lambda *_: free.wait(60) and response(200, b"at last"))
        proxy = self.start_proxy([backend], METRICS | {"server": {"workers": 1, "limits": {"pool": {"requests_max": 1}}}})

        def wait_until_open_at(number):
            wait_for(lambda: total(self.samples_of(proxy), "backend_circuit_open", backend="backend1"),
                     lambda workers: workers == number)

        wait_until_open_at(0)
        with RawClient(proxy) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until_open_at(1)
            self.assertEqual(curl("plain", proxy.url("plain")).status, 503)
            free.set()
            self.assertEqual(client.read_response().status, 200)
        wait_until_open_at(0)

    def test_a_request_for_nobody_is_counted_without_a_backend(self):
        proxy = self.start_proxy(self.backends, {**METRICS, "routes": [{"match": {"path": "/here"}}]})
        self.assertEqual(curl("plain", proxy.url("plain", "/elsewhere")).status, 404)

        found = wait_for(lambda: self.samples_of(proxy), lambda found: total(found, "http_requests_total") >= 1)

        self.assertEqual(found[series("http_requests_total", method="GET", status_code="404")], 1)

    def test_quic_is_counted_below_http(self):
        proxy = self.start_proxy(self.backends, METRICS)
        for _ in range(4):
            self.assertEqual(curl("h3", proxy.url("h3")).status, 200)

        found = wait_for(lambda: self.samples_of(proxy),
                         lambda found: total(found, "quic_connections_closed_total", by="peer") >= 4)

        self.assertEqual(found[series("quic_connections_total", version="1")], 4)
        self.assertEqual(found[series("quic_connections_total", version="2")], 0)
        self.assertEqual(found[series("quic_connections_active")], 0)
        self.assertEqual(found[series("quic_handshakes_total", result="completed")], 4)
        self.assertEqual(found[series("quic_handshake_duration_seconds_count")], 4)
        self.assertGreater(found[series("quic_packets_total", direction="sent")], 4)
        self.assertGreater(found[series("quic_bytes_total", direction="received")], 4 * 1200)
        for way, batches in (("sent", "gso"), ("received", "gro")):
            self.assertEqual(found[series(f"quic_{batches}_batch_datagrams_sum")],
                             found[series("quic_datagrams_total", direction=way)])

    def test_backends_keep_their_numbers_over_a_reload(self):
        first, second = self.start_backend(name="first"), self.start_backend(name="second")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="quic-proxy-metrics-")))
        proxy = self.enterContext(Proxy(configuration([first], METRICS), file=folder / "proxy.yaml"))
        self.assertEqual(curl("plain", proxy.url("plain")).status, 200)
        proxy.reload_and_wait(configuration([second, first], METRICS))
        for _ in range(4):
            self.assertEqual(curl("plain", proxy.url("plain")).status, 200)

        found = wait_for(lambda: self.samples_of(proxy), lambda found: total(found, "http_requests_total") >= 5)

        self.assertEqual(total(found, "http_requests_total", backend="first"), 3)
        self.assertEqual(total(found, "http_requests_total", backend="second"), 2)
        self.assertEqual(found[series("config_reloads_total", result="succeeded")], 1)

    def test_metrics_that_are_off_are_not_served(self):
        proxy = self.start_proxy(self.backends)

        self.assertEqual(proxy.metrics_port, 0)


class FormatTest(MetricsTest):
    """Whoever reads the page, in whatever format, reads the same."""

    def test_promtool_has_nothing_to_say(self):
        self.assertEqual(curl("h3", self.proxy.url("h3")).status, 200)
        kind, page = self.page_of(self.proxy)

        self.assertEqual(kind, "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(promtool("check", "metrics", stdin=page), (0, ""))

    def test_prometheus_reads_what_the_page_says(self):
        for wire in ("h3", "tls", "plain"):
            self.assertEqual(curl(wire, self.proxy.url(wire), body=b"a body").status, 200)
        prometheus = self.enterContext(Prometheus(f"127.0.0.1:{self.proxy.metrics_port}"))

        def still(found):
            return {key: value for key, value in found.items() if not key[0].startswith(RESTLESS)}

        def readings():
            return (still(self.samples_of(self.proxy)), still(samples(self.page_of(self.proxy, OPENMETRICS)[1])),
                    still(prometheus.samples()))

        in_text, in_openmetrics, in_prometheus = wait_for(readings, lambda them: them[0] == them[1] == them[2])
        self.assertEqual(in_openmetrics, in_text)
        self.assertEqual(in_prometheus, in_text)
        self.assertGreater(len(in_text), 100)

    def test_openmetrics_is_for_those_who_ask(self):
        kind, page = self.page_of(self.proxy, OPENMETRICS)

        self.assertEqual(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(page.endswith("\n# EOF\n"))

    def test_every_metric_of_the_list_is_on_the_page_and_no_other(self):
        listed = [line.split("`")[1] for line in (DASHBOARDS / "METRICS_AVAILABLE.md").read_text().splitlines()
                  if line.startswith("| `") and ("| counter |" in line or "| gauge |" in line or "| histogram |" in line)]
        shown = [line.split()[2] for line in self.page_of(self.proxy)[1].splitlines() if line.startswith("# TYPE ")]

        self.assertEqual(shown, listed)


class Load:
    """Requests on every wire while the `with` block runs."""

    def __init__(self, proxy):
        self._proxy = proxy
        self._over = threading.Event()

    def __enter__(self):
        self._threads = [threading.Thread(target=self._ask, args=(wire,), daemon=True) for wire in ("h3", "tls", "plain")]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, wire):
        while not self._over.wait(0.05):
            curl(wire, self._proxy.url(wire), body=b"a body" if wire == "tls" else None)


def queries(dashboard):
    """[(panel, expression)] with the variables that Grafana would fill in."""
    return [(panel["title"], target["expr"].replace("$__rate_interval", "30s").replace("$instance", ".*"))
            for panel in dashboard["panels"] for target in panel["targets"]]


class DashboardsTest(MetricsTest):
    BACKENDS = 3

    def test_every_query_of_every_panel_has_finite_series_under_load(self):
        self.backends[2].stop_listening()
        boards = [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))]
        wanted = [query for board in boards for query in queries(board)]
        prometheus = self.enterContext(Prometheus(f"127.0.0.1:{self.proxy.metrics_port}"))

        with Load(self.proxy):
            def unanswered():
                bad = []
                for panel, expression in wanted:
                    found = prometheus.query(expression)
                    if not found or not all(math.isfinite(value) for _, value in found):
                        bad.append((panel, expression, found))
                return bad

            wait_for(unanswered, lambda bad: not bad)
        self.assertGreater(len(wanted), 40)

    def test_the_main_dashboard_is_the_one_that_was_promised(self):
        board = json.loads((DASHBOARDS / "quic-proxy-dashboard.json").read_text())

        self.assertEqual([panel["title"] for panel in board["panels"]], PANELS)
        self.assertEqual((board["uid"], board["refresh"], board["time"]["from"]),
                         ("quic-proxy-performance", "10s", "now-15m"))


class RulesTest(unittest.TestCase):
    """What ships for Prometheus passes its own tool."""

    def check(self, *arguments):
        code, said = promtool(*arguments)
        self.assertEqual(code, 0, said)

    def test_configuration_is_clean(self):
        self.check("check", "config", str(MONITORING / "prometheus.yml"))

    def test_alerts_are_clean(self):
        self.check("check", "rules", str(MONITORING / "alerts.yml"))

    def test_alerts_fire_when_they_should(self):
        self.check("test", "rules", str(MONITORING / "alerts_test.yml"))


if __name__ == "__main__":
    main()
