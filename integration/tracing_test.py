#!/usr/bin/env python3
"""Traces: what collectors are sent of them over both wires, what backends are told, and collectors that fail."""

import unittest

from support.backend import response
from support.case import ProxyTest, main, wait_for
from support.clients import WIRES, curl
from support.collector import Collector, decode_jaeger, decode_otlp
from support.otelcol import OTELCOL, OpenTelemetryCollector
from support.prometheus import fetch, samples, series
from support.proxy import certificates

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"  # a client's


def tracing(**keys):
    return {"telemetry": {"tracing": {"enabled": True, "batch_delay": "10ms", **keys},
                          "metrics": {"enabled": True, "address": "127.0.0.1:0"}}}


class TracingTest(ProxyTest):
    BACKENDS = 0

    def start_collector(self, decode=decode_otlp, statuses=(), tls=False):
        return self.enterContext(Collector(decode, statuses, tls))

    def count(self, proxy, name, exporter):
        page = samples(fetch(f"http://127.0.0.1:{proxy.metrics_port}/metrics")[1])
        return page[series(name, exporter=exporter)]


class ContentTest(TracingTest):
    """Spans say what happened."""

    def test_a_request_over_http3_is_a_server_span_with_its_attempt_as_child(self):
        backend = self.start_backend()
        collectors = [self.start_collector(decode_otlp), self.start_collector(decode_jaeger)]
        endpoints = {"otlp_endpoint": collectors[0].url, "jaeger_endpoint": collectors[1].url + "/api/traces"}
        proxy = self.start_proxy([backend], tracing(**endpoints, headers={"X-Team": "blue"}))

        curl("h3", proxy.url("h3", "/page?q=1"))

        for collector, path in zip(collectors, ("/v1/traces", "/api/traces")):
            with self.subTest(path):
                request, attempt = collector.wait_for_spans(2)
                self.assertEqual((request.kind, request.name), ("server", "GET"))
                self.assertEqual((attempt.kind, attempt.parent), ("client", request.span_id))
                self.assertEqual(attempt.trace_id, request.trace_id)
                self.assertEqual(request.trace_id, proxy.access_line("/page?q=1")["trace_id"])
                self.assertEqual(request.attributes["network.protocol.version"], "3")
                self.assertEqual(request.attributes["url.query"], "q=1")
                self.assertEqual(request.attributes["http.response.status_code"], 200)
                self.assertEqual(attempt.attributes["url.full"], f"{backend.url}/page?q=1")
                self.assertLessEqual(request.began, attempt.began)
                self.assertLessEqual(attempt.ended, request.ended)
                self.assertFalse(request.is_error or attempt.is_error)
                where, fields, resource, _ = collector.batches[0]
                self.assertEqual(where, path)
                self.assertEqual(fields.get("x-team"), "blue")
                self.assertEqual(resource["service.name"], "quic-proxy")
                self.assertEqual(resource["process.pid"], proxy.pid)

    def test_a_request_that_is_tried_again_has_a_span_for_each_attempt(self):
        answers = iter([response(503)])
        backends = [self.start_backend(lambda *_: next(answers, response(200)), name) for name in ("one", "two")]
        collector = self.start_collector()
        proxy = self.start_proxy(backends, {"retry": {"on": ["503"]}, **tracing(otlp_endpoint=collector.url)})

        self.assertEqual(curl("h3", proxy.url("h3")).status, 200)

        request, first, second = collector.wait_for_spans(3)
        self.assertEqual([attempt.parent for attempt in (first, second)], [request.span_id] * 2)
        self.assertEqual([attempt.kind for attempt in (first, second)], ["client"] * 2)
        self.assertEqual([attempt.attributes["http.response.status_code"] for attempt in (first, second)], [503, 200])
        self.assertEqual([attempt.attributes.get("http.request.resend_count") for attempt in (first, second)], [None, 1])
        self.assertEqual([attempt.is_error for attempt in (first, second)], [True, False])
        self.assertFalse(request.is_error)
        self.assertEqual(request.events, ["quic_proxy.retry"])
        asked = {backend.name: backend.requests[0].get("traceparent") for backend in backends}
        for attempt in (first, second):
            self.assertEqual(asked[attempt.attributes["quic_proxy.backend"]],
                             f"00-{request.trace_id}-{attempt.span_id}-01")

    def test_health_checks_are_not_traced(self):
        backend = self.start_backend()
        collector = self.start_collector()
        checks = {"health_check": {"enabled": True, "interval": "200ms", "timeout": "200ms", "unhealthy_threshold": 1000}}
        proxy = self.start_proxy([backend], {**checks, **tracing(otlp_endpoint=collector.url)})
        backend.wait_for_requests(3, timeout=30)

        curl("plain", proxy.url("plain", "/page"))

        self.assertEqual([span.kind for span in collector.wait_for_spans(2)], ["server", "client"])
        checks = [request for request in backend.requests if request.target == "/health"]
        self.assertEqual({request.get("traceparent") for request in checks}, {None})


class ContextTest(TracingTest):
    """Client, proxy and backend name the same trace."""

    def test_the_trace_context_that_a_backend_sees_is_that_of_the_exported_client_span(self):
        backend = self.start_backend()
        collector = self.start_collector()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url))

        for number, wire in enumerate(WIRES):
            with self.subTest(wire):
                curl(wire, proxy.url(wire))

                request, attempt = collector.wait_for_spans(2 * number + 2)[-2:]
                self.assertEqual(backend.requests[number].get("traceparent"), f"00-{attempt.trace_id}-{attempt.span_id}-01")
                self.assertEqual(attempt.parent, request.span_id)
                self.assertEqual(request.parent, "")
        self.assertEqual(len({span.trace_id for span in collector.spans()}), len(WIRES))

    def test_a_client_that_samples_is_followed_where_no_trace_begins(self):
        backend = self.start_backend()
        collector = self.start_collector()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url, sample_ratio=0))
        for wire in WIRES:
            curl(wire, proxy.url(wire))

        curl("h3", proxy.url("h3"), "-H", f"traceparent: 00-{TRACE}-{SPAN}-01", "-H", "tracestate: vendor=1")

        # Spans leave in the order of the requests: those of the first three would be here by now.
        request, attempt = collector.wait_for_spans(2)
        self.assertEqual((request.trace_id, request.parent), (TRACE, SPAN))
        self.assertEqual(len(collector.spans()), 2)
        self.assertEqual([asked.get("traceparent")[-3:] for asked in backend.requests], ["-00", "-00", "-00", "-01"])
        self.assertEqual(backend.requests[3].get("traceparent"), f"00-{TRACE}-{attempt.span_id}-01")
        self.assertEqual(backend.requests[3].get("tracestate"), "vendor=1")

    def test_a_client_that_does_not_sample_is_followed_where_all_traces_do(self):
        backend = self.start_backend()
        collector = self.start_collector()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url, sample_ratio=1))
        curl("h3", proxy.url("h3"), "-H", f"traceparent: 00-{TRACE}-{SPAN}-00")

        curl("h3", proxy.url("h3"))

        spans = collector.wait_for_spans(2)
        self.assertEqual(len(spans), 2)
        self.assertNotIn(TRACE, {span.trace_id for span in spans})
        told = backend.requests[0].get("traceparent")
        self.assertEqual((told[:36], told[-3:]), (f"00-{TRACE}-", "-00"))

    def test_b3_counts_where_it_is_configured(self):
        backend = self.start_backend()
        collector = self.start_collector()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url, propagation=["b3"], sample_ratio=0))

        curl("h3", proxy.url("h3"), "-H", f"b3: {TRACE}-{SPAN}-1")
        collector.wait_for_spans(2)
        curl("h3", proxy.url("h3"), "-H", f"X-B3-TraceId: {TRACE}", "-H", f"X-B3-SpanId: {SPAN}", "-H", "X-B3-Sampled: 1")

        request, attempt, request_2, attempt_2 = collector.wait_for_spans(4)
        self.assertEqual({(span.trace_id, span.parent) for span in (request, request_2)}, {(TRACE, SPAN)})
        one, several = backend.requests
        self.assertEqual(one.get("b3"), f"{TRACE}-{attempt.span_id}-1")
        self.assertEqual([several.get(f"x-b3-{name}") for name in ("traceid", "spanid", "parentspanid", "sampled")],
                         [TRACE, attempt_2.span_id, request_2.span_id, "1"])
        self.assertIsNone(one.get("traceparent"))

    def test_b3_passes_untouched_where_it_is_not_configured(self):
        backend = self.start_backend()
        collector = self.start_collector()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url))

        curl("h3", proxy.url("h3"), "-H", f"b3: {TRACE}-{SPAN}-1")

        self.assertNotEqual(collector.wait_for_spans(2)[0].trace_id, TRACE)
        self.assertEqual(backend.requests[0].get("b3"), f"{TRACE}-{SPAN}-1")


class ExportTest(TracingTest):
    """Collectors of all kinds."""

    @unittest.skipUnless(OTELCOL, "OTELCOL names no binary of the OpenTelemetry Collector")
    def test_the_real_collector_understands_a_request_over_http3_and_its_attempt(self):
        collector = self.start_collector()
        real = self.enterContext(OpenTelemetryCollector(collector.url))
        backend = self.start_backend()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=real.url))

        curl("h3", proxy.url("h3", "/page"))

        request, attempt = collector.wait_for_spans(2)
        self.assertEqual((request.kind, attempt.kind), ("server", "client"))
        self.assertEqual(request.attributes["network.protocol.version"], "3")
        self.assertEqual((attempt.parent, attempt.trace_id), (request.span_id, request.trace_id))
        self.assertEqual(backend.requests[0].get("traceparent"), f"00-{attempt.trace_id}-{attempt.span_id}-01")
        self.assertEqual(collector.batches[0][2]["service.name"], "quic-proxy")
        wait_for(lambda: self.count(proxy, "trace_spans_exported_total", "otlp"), lambda count: count == 2)
        self.assertEqual(self.count(proxy, "trace_export_failures_total", "otlp"), 0)

    def test_a_collector_may_want_tls(self):
        collector = self.start_collector(tls=True)
        proxy = self.start_proxy([self.start_backend()], tracing(otlp_endpoint=collector.url,
                                                                 tls={"ca_file": str(certificates() / "ca.crt")}))

        curl("plain", proxy.url("plain"))

        self.assertEqual(len(collector.wait_for_spans(2)), 2)

    def test_every_span_is_counted_once_for_each_collector(self):
        willing, picky = self.start_collector(decode_otlp), self.start_collector(decode_jaeger, [400])
        proxy = self.start_proxy([self.start_backend()],
                                 tracing(otlp_endpoint=willing.url, jaeger_endpoint=picky.url))
        curl("plain", proxy.url("plain"))
        wait_for(lambda: picky.refused, lambda refused: refused == 1)
        for _ in range(3):
            curl("plain", proxy.url("plain"))
        willing.wait_for_spans(8)
        picky.wait_for_spans(6)

        for exporter, exported, dropped, failures in (("otlp", 8, 0, 0), ("jaeger", 6, 2, 1)):
            with self.subTest(exporter):
                wait_for(lambda: self.count(proxy, "trace_spans_exported_total", exporter),
                         lambda count: count >= exported)
                self.assertEqual([self.count(proxy, f"trace_{name}_total", exporter) for name in
                                  ("spans_exported", "spans_dropped", "export_failures")], [exported, dropped, failures])

    def test_a_collector_that_is_busy_gets_the_batch_again(self):
        collector = self.start_collector(decode_otlp, [503])
        proxy = self.start_proxy([self.start_backend()], tracing(otlp_endpoint=collector.url))

        curl("plain", proxy.url("plain"))

        self.assertEqual(len(collector.wait_for_spans(2)), 2)
        self.assertEqual(collector.refused, 1)
        proxy.wait_for_line(msg="Spans are exported again", collector="otlp")

    def test_a_collector_that_is_away_harms_no_request(self):
        proxy = self.start_proxy([self.start_backend()],
                                 tracing(otlp_endpoint="http://127.0.0.1:1", queue_spans_max=4, batch_spans_max=2))

        for number in range(20):
            self.assertEqual(curl("plain", proxy.url("plain", f"/{number}")).status, 200)

        proxy.wait_for_line(msg="Spans cannot be exported", collector="otlp")
        proxy.wait_for_line(msg="request", termination="ok", count=20)

    def test_no_batch_is_larger_than_allowed(self):
        collector = self.start_collector(decode_otlp)
        proxy = self.start_proxy([self.start_backend()], tracing(otlp_endpoint=collector.url, batch_spans_max=3))

        for _ in range(5):
            curl("plain", proxy.url("plain"))

        collector.wait_for_spans(10)
        self.assertLessEqual(max(len(batch[3]) for batch in collector.batches), 3)

    def test_the_last_spans_leave_before_the_proxy_does(self):
        collector = self.start_collector(decode_otlp)
        backend = self.start_backend()
        proxy = self.start_proxy([backend], tracing(otlp_endpoint=collector.url, batch_delay="1h"))
        curl("plain", proxy.url("plain"))

        proxy.signal(15)
        proxy.wait_for_exit()

        self.assertEqual(len(collector.wait_for_spans(2)), 2)


if __name__ == "__main__":
    main()
