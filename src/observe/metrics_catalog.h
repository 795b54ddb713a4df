// Every metric there is, declared here and nowhere else: the page that Prometheus reads and the list in
// monitoring/grafana/dashboards/METRICS_AVAILABLE.md are made from this table, and code that counts asks it
// for a place by the metric's name while it is compiled. A name that is not here does not compile.
//
// Names follow https://prometheus.io/docs/practices/naming/.
#pragma once
#include <array>
#include <string_view>

#include "observe/metrics_histogram.h"
#include "observe/metrics_kinds.h"
#include "observe/metrics_labels.h"

namespace qp::observe {

namespace declare {

// The base unit is the end of the name.
constexpr Unit unit_of(std::string_view name) {
  if (name.ends_with("_total")) name.remove_suffix(std::string_view("_total").size());
  if (name.ends_with("_seconds")) return Unit::seconds;
  return name.ends_with("_bytes") ? Unit::bytes : Unit::none;
}

using Labels = std::array<Label, 2>;

constexpr Metric counter(std::string_view name, Rows rows, std::string_view help, Labels labels = {}) {
  return {name, MetricType::counter, unit_of(name), rows, help, labels, {}};
}
constexpr Metric gauge(std::string_view name, Rows rows, std::string_view help, Labels labels = {}) {
  return {name, MetricType::gauge, unit_of(name), rows, help, labels, {}};
}
constexpr Metric histogram(std::string_view name, Rows rows, Bounds bounds, std::string_view help) {
  return {name, MetricType::histogram, unit_of(name), rows, help, {}, bounds};
}

}  // namespace declare

inline constexpr auto kMetrics = [] {
  using declare::counter, declare::gauge, declare::histogram;
  return std::to_array<Metric>({
      // Requests, as clients see them. Counted when the exchange is over.
      counter("http_requests_total", Rows::backend,
              "Requests, by method, status code of the response, and the backend that served them or failed "
              "last (empty: no backend was asked).",
              {label::method, label::status_code}),
      counter("http_protocol_requests_total", Rows::process,
              "Requests, by the protocol that the client spoke.", {label::protocol}),
      histogram("http_request_duration_seconds", Rows::process, bounds::latency,
                "From the request's head to the end of the exchange."),
      histogram("http_request_size_bytes", Rows::process, bounds::size, "Size of the request's body."),
      histogram("http_response_size_bytes", Rows::process, bounds::size, "Size of the response's body."),
      gauge("http_requests_active", Rows::process, "Requests under way."),
      gauge("go_goroutines", Rows::process,
            "Alias of http_requests_active for dashboards that count a goroutine for every request."),

      // Backends. One attempt is one try to have a request served by one backend.
      counter("backend_requests_total", Rows::backend,
              "Attempts, by backend and status code of its response (none: it failed before there was one).",
              {label::status}),
      histogram("backend_response_time_seconds", Rows::backend, bounds::latency,
                "From an attempt's beginning to the head of the backend's response; connecting included."),
      counter("backend_retries_total", Rows::backend,
              "Attempts at this backend that failed and were followed by another one, here or elsewhere."),
      gauge("backend_health", Rows::backend, "1: the backend may be chosen; 0: it may not."),
      gauge("backend_uptime_seconds", Rows::backend,
            "How long the backend has been healthy without a break; 0 while it is not."),
      counter("health_checks_total", Rows::backend, "Health checks that have ended."),
      counter("health_check_failures_total", Rows::backend, "Health checks that failed."),
      gauge("backend_requests_active", Rows::backend,
            "Attempts under way, those that wait for a connection included."),
      gauge("backend_requests_waiting", Rows::backend, "Attempts that wait for a connection."),
      gauge("backend_connections", Rows::backend, "Connections to the backend: connecting, in use or idle."),
      gauge("backend_connections_idle", Rows::backend, "Connections to the backend that nobody uses now."),
      counter("backend_connects_total", Rows::backend, "Connections to the backend that were begun."),
      counter("backend_connect_failures_total", Rows::backend,
              "Connections to the backend that never opened."),
      counter("backend_overflows_total", Rows::backend,
              "Attempts that a limit of the backend's pool kept out; they went elsewhere or failed.",
              {label::pool_limit}),
      gauge("backend_circuit_open", Rows::backend,
            "Workers that turn new requests away from the backend, because a limit of its pool is reached."),
      gauge("backend_ejected", Rows::backend,
            "1: outlier detection keeps the backend out of service for now."),
      counter("backend_ejections_total", Rows::backend, "Times that outlier detection took the backend out."),

      // Clients' connections over TCP.
      gauge("tcp_connections_active", Rows::process, "Connections of clients over TCP.", {label::listener}),
      counter("tcp_connections_total", Rows::process, "Connections that were accepted.", {label::listener}),
      counter("tcp_connections_refused_total", Rows::process,
              "Connections closed at once because of a limit.", {label::listener}),
      gauge("client_handshakes_active", Rows::process, "TLS and QUIC handshakes under way."),

      // QUIC: connections.
      gauge("quic_connections_active", Rows::process, "Connections of clients over QUIC."),
      counter("quic_connections_total", Rows::process, "Connections that were accepted, by QUIC version.",
              {label::quic_version}),
      counter("quic_connections_refused_total", Rows::process,
              "First packets refused: over a limit, an invalid token, or draining."),
      counter("quic_connections_closed_total", Rows::process,
              "Connections that ended, by whoever ended them (nobody: before the handshake was complete).",
              {label::closer}),
      counter("quic_handshakes_total", Rows::process, "Handshakes that ended, by result.",
              {label::handshake}),
      histogram("quic_handshake_duration_seconds", Rows::process, bounds::latency,
                "From the first packet to the end of the handshake, if it was completed."),
      histogram("quic_rtt_seconds", Rows::process, bounds::round_trip,
                "Smoothed round-trip time of the client's connection at the end of each HTTP/3 request."),
      counter("quic_migrations_total", Rows::process,
              "Times a client was found at another address (RFC 9000, section 9)."),
      counter("quic_retry_packets_total", Rows::process, "Retry packets sent to new clients."),
      counter("quic_retry_validated_total", Rows::process, "Clients that came back with a Retry's token."),
      counter("quic_tokens_validated_total", Rows::process,
              "Clients that came back with a token of an earlier connection."),
      counter("quic_stateless_resets_total", Rows::process,
              "Stateless resets sent for connections that nobody knows."),
      counter("quic_version_negotiations_total", Rows::process, "Version Negotiation packets sent."),
      counter("quic_unanswered_total", Rows::process,
              "Answers without state left out because of their limit a second."),
      counter("h3_connection_errors_total", Rows::process,
              "Connections ended with an HTTP/3 error code, by direction and code.",
              {label::direction, label::h3_code}),

      // QUIC: packets and datagrams.
      counter("quic_packets_total", Rows::process, "QUIC packets.", {label::direction}),
      counter("quic_packets_lost_total", Rows::process, "QUIC packets sent and declared lost."),
      counter("quic_bytes_total", Rows::process, "Bytes of UDP payload.", {label::direction}),
      counter("quic_datagrams_total", Rows::process, "UDP datagrams.", {label::direction}),
      counter("quic_datagrams_malformed_total", Rows::process, "Datagrams dropped for what they are."),
      counter("quic_datagrams_forwarded_total", Rows::process,
              "Datagrams handed to the worker that their connection belongs to."),
      counter("quic_datagrams_unsent_total", Rows::process, "Datagrams that the kernel did not take."),
      counter("quic_udp_drops_total", Rows::process,
              "Datagrams that the kernel dropped because a socket's queue was full (SO_RXQ_OVFL)."),
      counter("quic_udp_calls_total", Rows::process, "System calls that sent or received datagrams.",
              {label::direction}),
      histogram("quic_gso_batch_datagrams", Rows::process, bounds::batch,
                "Datagrams handed to the kernel as one message (UDP_SEGMENT)."),
      histogram("quic_gro_batch_datagrams", Rows::process, bounds::batch,
                "Datagrams that the kernel handed over as one message (UDP_GRO)."),
      counter("quic_gso_fallbacks_total", Rows::process,
              "Sockets that send datagrams one by one, since the kernel would not cut a batch."),

      // Workers.
      counter("worker_turns_total", Rows::worker, "Turns of the worker's loop."),
      counter("worker_busy_seconds_total", Rows::worker,
              "Time spent in turns; its rate is the worker's load, 1 is all of a processor."),
      histogram("worker_turn_seconds", Rows::process, bounds::turn, "How long a turn took."),
      gauge("worker_buffer_bytes", Rows::worker, "Memory that holds messages in transit."),
      counter("log_lines_dropped_total", Rows::process,
              "Log and access lines dropped because their writer did not keep up."),
      counter("trace_requests_dropped_total", Rows::process,
              "Sampled requests whose traces found the way to the exporters full."),
      counter("trace_spans_exported_total", Rows::process, "Spans that a collector took.", {label::exporter}),
      counter("trace_spans_dropped_total", Rows::process,
              "Spans dropped: too many waited, or the collector would not take them.", {label::exporter}),
      counter("trace_export_failures_total", Rows::process, "Requests to a collector that did not succeed.",
              {label::exporter}),

      // The process.
      gauge("config_last_reload_successful", Rows::process,
            "1: the last configuration that was read is in use; 0: it was refused."),
      gauge("config_last_reload_success_timestamp_seconds", Rows::process,
            "When the configuration in use was taken over, in Unix time."),
      counter("config_reloads_total", Rows::process, "Configurations read again since the start, by result.",
              {label::reload}),
      gauge("tls_certificate_not_after_timestamp_seconds", Rows::certificate,
            "When the certificate of this file stops being valid, in Unix time."),
      gauge("memory_allocated_bytes", Rows::process, "Memory allocated by the process and not freed."),
      gauge("go_memstats_alloc_bytes", Rows::process,
            "Alias of memory_allocated_bytes for dashboards of programs in Go."),
      gauge("quic_proxy_build_info", Rows::build, "Always 1; the label names the version that runs."),
      counter("process_cpu_seconds_total", Rows::process, "Processor time, user and system."),
      gauge("process_open_fds", Rows::process, "Open file descriptors."),
      gauge("process_max_fds", Rows::process, "File descriptors that may be open."),
      gauge("process_virtual_memory_bytes", Rows::process, "Size of the address space in use."),
      gauge("process_resident_memory_bytes", Rows::process, "Memory in RAM."),
      gauge("process_start_time_seconds", Rows::process, "When the process started, in Unix time."),
  });
}();

// Where a metric's cells stand in a row.
struct MetricPlace {
  const Metric* metric;
  uint32_t offset;

  // The first cell of one series, by the places of its labels' values.
  constexpr uint32_t at(uint32_t first = 0, uint32_t second = 0) const {
    const auto stride = static_cast<uint32_t>(metric->labels[1].count());
    return offset + (first * stride + second) * static_cast<uint32_t>(metric->cells_per_series());
  }
};

// The number of cells in a row of that kind.
constexpr uint32_t cells_in_row(Rows rows) {
  size_t cells = 0;
  for (const Metric& metric : kMetrics)
    cells += metric.rows == rows ? metric.cells() : 0;
  return static_cast<uint32_t>(cells);
}

constexpr MetricPlace place_of(const Metric& wanted) {
  size_t offset = 0;
  for (const Metric& metric : kMetrics) {
    if (&metric == &wanted) break;
    offset += metric.rows == wanted.rows ? metric.cells() : 0;
  }
  return {&wanted, static_cast<uint32_t>(offset)};
}

// By name, while compiling.
consteval MetricPlace metric(std::string_view name) {
  for (const Metric& metric : kMetrics) {
    if (metric.name == name) return place_of(metric);
  }
  throw "no metric of that name is declared";
}

}  // namespace qp::observe
