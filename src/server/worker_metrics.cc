#include "server/worker_metrics.h"

#include <utility>

namespace qp::server {

using observe::backend_row;
using observe::metric;
using observe::MetricsRow;
using observe::Rows;

namespace {

constexpr uint32_t kSent = 0;
constexpr uint32_t kReceived = 1;

void set_codes(MetricsRow& row, uint32_t direction, std::span<const uint64_t> counts) {
  for (uint32_t code = 0; code < counts.size(); ++code)
    row.set(metric("h3_connection_errors_total").at(direction, code), counts[code]);
}

}  // namespace

WorkerMetrics::WorkerMetrics(observe::MetricsShard& shard, TimerQueue& timers)
    : shard_(shard),
      process_(shard.row(Rows::process)),
      worker_(shard.row(Rows::worker)),
      requests_(shard),
      timers_(timers) {}

void WorkerMetrics::install(const std::vector<std::shared_ptr<upstream::Backend>>& backends) {
  uint32_t rows = observe::kNoBackendRow + 1;
  for (const auto& backend : backends)
    rows = std::max(rows, backend_row(backend->id) + 1);
  shard_.make_rows(Rows::backend, rows);
  pool_seen_.resize(shard_.rows(Rows::backend));
}

bool WorkerMetrics::end_turn(TimePoint began, TimePoint ended) {
  worker_.add(metric("worker_turns_total").at());
  worker_.add(metric("worker_busy_seconds_total").at(), observe::nanoseconds(ended - began));
  process_.observe(metric("worker_turn_seconds"), ended - began);
  if (std::exchange(is_due_, false)) return true;
  if (!is_armed()) timers_.arm(*this, began + kPause);
  return false;
}

void WorkerMetrics::publish(const Facts& facts) {
  process_.set(metric("http_requests_active").at(), facts.requests);
  process_.set(metric("go_goroutines").at(), facts.requests);
  process_.set(metric("client_handshakes_active").at(), facts.half_open);
  worker_.set(metric("worker_buffer_bytes").at(), facts.buffer_bytes);
  publish(facts.fronts);
  publish(facts.pools);
  if (facts.quic == nullptr) return;
  process_.set(metric("quic_connections_active").at(), facts.quic->live());
  publish(facts.quic->stats());
  publish(facts.quic->udp().stats());
}

void WorkerMetrics::publish(const std::vector<std::unique_ptr<TcpFront>>& fronts) {
  for (const auto& front : fronts) {
    const uint32_t listener = front->is_encrypted() ? 0 : 1;
    process_.set(metric("tcp_connections_active").at(listener), front->live());
    process_.set(metric("tcp_connections_total").at(listener), front->accepted());
    process_.set(metric("tcp_connections_refused_total").at(listener), front->refused());
  }
}

void WorkerMetrics::publish(const upstream::Pools& pools) {
  ++looks_;
  pools.for_each([this](const upstream::Pool& pool) { publish(pool); });
  for (uint32_t row = 0; row < pool_seen_.size(); ++row) {
    if (pool_seen_[row] == 0 || pool_seen_[row] == looks_) continue;
    pool_seen_[row] = 0;  // the pool is gone, and what it counted is no more
    MetricsRow backend = shard_.row(Rows::backend, row);
    backend.set(metric("backend_requests_active").at(), 0);
    backend.set(metric("backend_requests_waiting").at(), 0);
    backend.set(metric("backend_connections").at(), 0);
    backend.set(metric("backend_connections_idle").at(), 0);
    backend.set(metric("backend_circuit_open").at(), 0);
  }
}

void WorkerMetrics::publish(const upstream::Pool& pool) {
  const uint32_t row = observe::MetricsShard::clamped(Rows::backend, backend_row(pool.backend().id));
  MetricsRow backend = shard_.row(Rows::backend, row);
  pool_seen_[row] = looks_;
  backend.set(metric("backend_requests_active").at(), pool.active());
  backend.set(metric("backend_requests_waiting").at(), pool.waiting());
  backend.set(metric("backend_connections").at(), pool.live_connections());
  backend.set(metric("backend_connections_idle").at(), pool.idle_connections());
  backend.set(metric("backend_circuit_open").at(), pool.is_full() ? 1 : 0);
  // They begin anew with the pool, as counters may.
  const upstream::PoolCounters& counters = pool.counters();
  backend.set(metric("backend_connects_total").at(), counters.connects);
  backend.set(metric("backend_connect_failures_total").at(), counters.connect_failures);
  backend.set(metric("backend_overflows_total").at(0), counters.pending_overflows);
  backend.set(metric("backend_overflows_total").at(1), counters.request_overflows);
  backend.set(metric("backend_overflows_total").at(2), counters.retry_overflows);
}

void WorkerMetrics::publish(const conn::QuicRouterStats& stats) {
  process_.set(metric("quic_connections_total").at(0), stats.accepted - stats.accepted_v2);
  process_.set(metric("quic_connections_total").at(1), stats.accepted_v2);
  process_.set(metric("quic_connections_refused_total").at(), stats.refused);
  for (uint32_t by = 0; by < stats.closed.size(); ++by)
    process_.set(metric("quic_connections_closed_total").at(by), stats.closed[by]);
  uint64_t completed = 0;
  for (const uint64_t count : stats.handshakes.buckets)
    completed += count;
  process_.set(metric("quic_handshakes_total").at(0), completed);
  process_.set(metric("quic_handshakes_total").at(1), stats.handshakes_failed);
  process_.set(metric("quic_handshake_duration_seconds"), stats.handshakes.buckets, stats.handshakes.sum);
  process_.set(metric("quic_migrations_total").at(), stats.migrations);
  process_.set(metric("quic_retry_packets_total").at(), stats.retries_sent);
  process_.set(metric("quic_retry_validated_total").at(), stats.retries_validated);
  process_.set(metric("quic_tokens_validated_total").at(), stats.tokens_validated);
  process_.set(metric("quic_stateless_resets_total").at(), stats.resets_sent);
  process_.set(metric("quic_version_negotiations_total").at(), stats.version_negotiations_sent);
  process_.set(metric("quic_unanswered_total").at(), stats.unanswered);
  process_.set(metric("quic_datagrams_malformed_total").at(), stats.malformed);
  process_.set(metric("quic_datagrams_forwarded_total").at(), stats.forwarded);
  process_.set(metric("quic_packets_total").at(kSent), stats.traffic.packets_sent);
  process_.set(metric("quic_packets_total").at(kReceived), stats.traffic.packets_received);
  process_.set(metric("quic_packets_lost_total").at(), stats.traffic.packets_lost);
  process_.set(metric("quic_bytes_total").at(kSent), stats.traffic.bytes_sent);
  process_.set(metric("quic_bytes_total").at(kReceived), stats.traffic.bytes_received);
  set_codes(process_, kSent, stats.errors_sent);
  set_codes(process_, kReceived, stats.errors_received);
}

void WorkerMetrics::publish(const io::UdpStats& stats) {
  process_.set(metric("quic_datagrams_total").at(kSent), stats.datagrams_sent);
  process_.set(metric("quic_datagrams_total").at(kReceived), stats.datagrams_received);
  process_.set(metric("quic_datagrams_unsent_total").at(), stats.send_errors);
  process_.set(metric("quic_udp_drops_total").at(), stats.receive_drops);
  process_.set(metric("quic_udp_calls_total").at(kSent), stats.send_calls);
  process_.set(metric("quic_udp_calls_total").at(kReceived), stats.receive_calls);
  process_.set(metric("quic_gso_batch_datagrams"), stats.sent_batches, stats.datagrams_sent);
  process_.set(metric("quic_gro_batch_datagrams"), stats.received_batches, stats.datagrams_received);
  process_.set(metric("quic_gso_fallbacks_total").at(), stats.segmentation_refused);
}

}  // namespace qp::server
