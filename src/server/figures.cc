#include "server/figures.h"

#include <algorithm>
#include <string>
#include <utility>

#include "io/process_stats.h"
#include "observe/request_metrics.h"

namespace qp::server {

using observe::metric;
using observe::Rows;

namespace {

using Buckets = TrafficSample::Buckets;

// Where a share of the values lies below, in milliseconds: as far into its bucket as the share is.
double percentile(const Buckets& buckets, uint64_t total, double share) {
  constexpr auto kBounds = observe::bounds::latency;
  constexpr double kNanosecondsPerMillisecond = 1e6;
  const double wanted = share * static_cast<double>(total);
  double below = 0;
  size_t place = 0;
  while (place + 1 < buckets.size() && below + static_cast<double>(buckets[place]) < wanted)
    below += static_cast<double>(buckets[place++]);
  if (place == kBounds.size()) return static_cast<double>(kBounds.back()) / kNanosecondsPerMillisecond;
  const double low = place == 0 ? 0 : static_cast<double>(kBounds[place - 1]);
  const double width = static_cast<double>(kBounds[place]) - low;
  const double into = buckets[place] == 0 ? 0 : (wanted - below) / static_cast<double>(buckets[place]);
  return (low + width * into) / kNanosecondsPerMillisecond;
}

admin::Latency latency_between(const Buckets& before, const Buckets& after) {
  Buckets between{};
  uint64_t total = 0;
  for (size_t i = 0; i < between.size(); ++i)
    total += between[i] = after[i] - before[i];
  if (total == 0) return {};
  return {.p50_ms = percentile(between, total, 0.50),
          .p95_ms = percentile(between, total, 0.95),
          .p99_ms = percentile(between, total, 0.99)};
}

}  // namespace

void Figures::sample(TimePoint now, std::span<const std::shared_ptr<upstream::Backend>> backends) {
  if (samples_.size() == kSamplesKept) samples_.pop_front();
  samples_.push_back(take_sample(shards_, backends, now, io::read_process_stats().cpu_time));
}

// Between the first sample and the last; 0 while there are no two of them.
double Figures::seconds() const {
  if (samples_.size() < 2) return 0;
  return std::chrono::duration<double>(samples_.back().at - samples_.front().at).count();
}

double Figures::per_second(uint64_t before, uint64_t after) const {
  return seconds() > 0 ? static_cast<double>(after - before) / seconds() : 0;
}

admin::TrafficFigures Figures::traffic() const {
  admin::TrafficFigures figures;
  figures.requests_active = sum(shards_, Rows::process, 0, metric("http_requests_active").at());
  figures.h3_connections = sum(shards_, Rows::process, 0, metric("quic_connections_active").at());
  for (uint32_t i = 0; i < observe::label::kListeners.size(); ++i)
    figures.h1_connections += sum(shards_, Rows::process, 0, metric("tcp_connections_active").at(i));
  if (samples_.empty()) return figures;
  const TrafficSample& before = samples_.front();
  const TrafficSample& after = samples_.back();
  figures.requests_total = after.requests;
  figures.requests_per_second = per_second(before.requests, after.requests);
  figures.latency = latency_between(before.duration, after.duration);
  if (const uint64_t requests = after.requests - before.requests; requests > 0) {
    const uint64_t failed = std::min(requests, after.failed - before.failed);
    figures.success_percent = 100.0 * static_cast<double>(requests - failed) / static_cast<double>(requests);
  }
  return figures;
}

admin::BackendFigures Figures::of(const upstream::Backend& backend) const {
  const upstream::HealthChecker::Results checks = checker_.results(backend);
  const uint32_t row = observe::backend_row(backend.id);
  admin::BackendFigures figures;
  figures.checks_passed = checks.passed;
  figures.checks_failed = checks.failed;
  if (checks.passed + checks.failed > 0) figures.checked_at = checks.last_at;
  figures.check_error = checks.last_reason;
  figures.requests_active = sum(shards_, Rows::backend, row, metric("backend_requests_active").at());
  figures.connections = sum(shards_, Rows::backend, row, metric("backend_connections").at());
  if (samples_.empty()) return figures;
  const TrafficSample::Backend& before = samples_.front().of(backend.id);
  const TrafficSample::Backend& after = samples_.back().of(backend.id);
  figures.requests_total = after.attempts;
  figures.requests_per_second = per_second(before.attempts, after.attempts);
  figures.failures_total = after.failed_attempts;
  figures.retries_total = after.retries;
  figures.latency = latency_between(before.response_time, after.response_time);
  return figures;
}

std::vector<admin::ChartPoint> Figures::chart_points(
    std::span<const std::shared_ptr<upstream::Backend>> backends) const {
  if (samples_.empty()) return {};
  const TrafficSample& before = samples_.front();
  const TrafficSample& after = samples_.back();
  const admin::TrafficFigures all = traffic();
  const io::ProcessStats process = io::read_process_stats();
  const double cpu = std::chrono::duration<double>(after.cpu_time - before.cpu_time).count();

  std::vector<admin::ChartPoint> points{
      {"requests_total", "requests", static_cast<double>(all.requests_total)},
      {"success_percent", "success", all.success_percent},
      {"latency_ms", "p50", all.latency.p50_ms},
      {"latency_ms", "p95", all.latency.p95_ms},
      {"latency_ms", "p99", all.latency.p99_ms},
      {"transfer_bytes_per_second", "request", per_second(before.request_bytes, after.request_bytes)},
      {"transfer_bytes_per_second", "response", per_second(before.response_bytes, after.response_bytes)},
      {"concurrency", "requests", static_cast<double>(all.requests_active)},
      {"concurrency", "h3", static_cast<double>(all.h3_connections)},
      {"concurrency", "h1", static_cast<double>(all.h1_connections)},
      {"memory_bytes", "allocated", static_cast<double>(process.allocated_bytes)},
      {"memory_bytes", "resident", static_cast<double>(process.resident_bytes)},
      {"cpu_percent", "cpu", seconds() > 0 ? std::optional(100 * cpu / seconds()) : std::nullopt}};
  for (const auto& backend : backends) {
    const std::string& name = backend->config.name;
    const TrafficSample::Backend& then = before.of(backend->id);
    const TrafficSample::Backend& now = after.of(backend->id);
    points.push_back({"backend_requests", name, per_second(then.attempts, now.attempts)});
    points.push_back(
        {"backend_latency_p95_ms", name, latency_between(then.response_time, now.response_time).p95_ms});
    for (size_t method = 0; method < now.requests.size(); ++method) {
      if (now.requests[method] == 0) continue;
      points.push_back({"request_rate", std::string(observe::kMethods[method]) + " " + name,
                        per_second(then.requests[method], now.requests[method])});
    }
  }
  return points;
}

}  // namespace qp::server
