#include "server/metrics.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "io/process_stats.h"
#include "observe/request_metrics.h"
#include "version.h"

namespace qp::server {

using observe::metric;
using observe::MetricsRow;
using observe::MetricsShard;
using observe::Rows;

namespace {

// Backends beyond the last row share it, and this name.
constexpr std::string_view kOther = "_OTHER";

uint64_t unix_time(WallTime time) {
  return observe::nanoseconds(time.time_since_epoch());
}

bool is_last_row(Rows rows, uint32_t row) {
  return row + 1 == MetricsShard::kRowsMax[static_cast<size_t>(rows)];
}

}  // namespace

Metrics::Metrics(const Turn& started) : shards_{&control_} {
  MetricsRow process = control_.row(Rows::process);
  process.set(metric("process_start_time_seconds").at(), unix_time(started.wall));
  control_.make_rows(Rows::build, 1);
  control_.row(Rows::build).set(metric("quic_proxy_build_info").at(), 1);
}

MetricsShard& Metrics::add_worker() {
  workers_.push_back(std::make_unique<MetricsShard>());
  shards_.insert(shards_.end() - 1, workers_.back().get());
  return *workers_.back();
}

void Metrics::install(const std::vector<std::shared_ptr<upstream::Backend>>& backends,
                      const transport::TlsContext& tls) {
  backends_ = backends;
  for (const auto& backend : backends) {
    const uint32_t row = MetricsShard::clamped(Rows::backend, observe::backend_row(backend->id));
    control_.make_rows(Rows::backend, row + 1);
    std::vector<uint32_t>& lives =
        rows_[is_last_row(Rows::backend, row) ? std::string(kOther) : backend->config.name];
    if (std::ranges::find(lives, row) != lives.end()) continue;
    for (const uint32_t former : lives) {
      control_.row(Rows::backend, former).set(metric("backend_health").at(), 0);
      control_.row(Rows::backend, former).set(metric("backend_uptime_seconds").at(), 0);
      control_.row(Rows::backend, former).set(metric("backend_ejected").at(), 0);
    }
    lives.push_back(row);
  }

  certificates_.clear();
  for (const transport::ServedCertificate& certificate : tls.served()) {
    const auto row = static_cast<uint32_t>(certificates_.size());
    if (is_last_row(Rows::certificate, row)) break;
    // One file may be named twice, a series may not.
    if (std::ranges::find(certificates_, certificate.cert_file, &observe::NamedRows::name) !=
        certificates_.end())
      continue;
    control_.make_rows(Rows::certificate, row + 1);
    control_.row(Rows::certificate, row)
        .set(metric("tls_certificate_not_after_timestamp_seconds").at(), unix_time(certificate.not_after));
    certificates_.push_back({.name = certificate.cert_file, .rows = {row}});
  }
}

std::string Metrics::page(observe::MetricsFormat format, const Facts& facts) {
  take(facts);
  observe::MetricsSource source{.shards = shards_,
                                .workers = static_cast<uint32_t>(workers_.size()),
                                .backends = {},
                                .certificates = certificates_,
                                .version = std::string(kVersion)};
  for (const auto& backend : backends_) {
    const std::string& name = backend->config.name;
    if (const auto found = rows_.find(name); found != rows_.end())
      source.backends.push_back({name, found->second});
  }
  if (const auto others = rows_.find(std::string(kOther)); others != rows_.end())
    source.backends.push_back({others->first, others->second});
  return observe::metrics_page(source, format);
}

void Metrics::take(const Facts& facts) {
  MetricsRow process = control_.row(Rows::process);
  process.set(metric("log_lines_dropped_total").at(), facts.log_lines_dropped);
  process.set(metric("config_reloads_total").at(0), facts.reloads.succeeded);
  process.set(metric("config_reloads_total").at(1), facts.reloads.failed);
  process.set(metric("config_last_reload_successful").at(), facts.reloads.was_last_good ? 1 : 0);
  process.set(metric("config_last_reload_success_timestamp_seconds").at(),
              unix_time(facts.reloads.last_success));
  for (const auto& backend : backends_) {
    MetricsRow row = control_.row(Rows::backend, observe::backend_row(backend->id));
    const bool is_up = backend->may_be_chosen();
    const Duration uptime = is_up ? facts.turn.now - backend->standing.since() : Duration::zero();
    row.set(metric("backend_health").at(), is_up ? 1 : 0);
    row.set(metric("backend_uptime_seconds").at(), observe::nanoseconds(uptime));
    const upstream::HealthChecker::Results checks = facts.checker.results(*backend);
    row.set(metric("health_checks_total").at(), checks.passed + checks.failed);
    row.set(metric("health_check_failures_total").at(), checks.failed);
    row.set(metric("backend_ejected").at(), backend->standing.is_ejected() ? 1 : 0);
    row.set(metric("backend_ejections_total").at(), facts.ejector.ejections(*backend));
  }
  take(facts.tracing);
  take_process_stats();
}

void Metrics::take(const Tracing& tracing) {
  MetricsRow process = control_.row(Rows::process);
  process.set(metric("trace_requests_dropped_total").at(), tracing.dropped_requests());
  for (const auto& exporter : tracing.exporters()) {
    const auto found = std::ranges::find(observe::label::kExporters, exporter->name());
    const auto place = static_cast<uint32_t>(found - observe::label::kExporters.begin());
    assert(place < observe::label::kExporters.size());
    const observe::ExportQueue::Counts& counts = exporter->queue().counts();
    process.set(metric("trace_spans_exported_total").at(place), counts.exported);
    process.set(metric("trace_spans_dropped_total").at(place), counts.dropped);
    process.set(metric("trace_export_failures_total").at(place), counts.failures);
  }
}

void Metrics::take_process_stats() {
  const io::ProcessStats stats = io::read_process_stats();
  MetricsRow process = control_.row(Rows::process);
  process.set(metric("process_cpu_seconds_total").at(), observe::nanoseconds(stats.cpu_time));
  process.set(metric("process_open_fds").at(), stats.open_fds);
  process.set(metric("process_max_fds").at(), stats.max_fds);
  process.set(metric("process_virtual_memory_bytes").at(), stats.virtual_bytes);
  process.set(metric("process_resident_memory_bytes").at(), stats.resident_bytes);
  process.set(metric("memory_allocated_bytes").at(), stats.allocated_bytes);
  process.set(metric("go_memstats_alloc_bytes").at(), stats.allocated_bytes);
}

}  // namespace qp::server
