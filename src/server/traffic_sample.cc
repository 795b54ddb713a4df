#include "server/traffic_sample.h"

#include "observe/request_metrics.h"

namespace qp::server {

using observe::metric;
using observe::MetricPlace;
using observe::Rows;

namespace {

bool is_server_error(uint32_t status) {
  return observe::kStatusCodes[status].starts_with('5');
}

TrafficSample::Buckets buckets(Shards shards, const MetricPlace& histogram, Rows rows, uint32_t row) {
  TrafficSample::Buckets counts{};
  for (uint32_t i = 0; i < counts.size(); ++i)
    counts[i] = sum(shards, rows, row, histogram.offset + i);
  return counts;
}

uint64_t sum_of(Shards shards, const MetricPlace& histogram) {
  return sum(shards, Rows::process, 0,
             histogram.offset + static_cast<uint32_t>(histogram.metric->bounds.size()) + 1);
}

// The requests of one row; those that failed are added to `failed`.
TrafficSample::ByMethod requests_of(Shards shards, uint32_t row, uint64_t& failed) {
  TrafficSample::ByMethod counts{};
  for (uint32_t method = 0; method < counts.size(); ++method) {
    for (uint32_t status = 0; status < observe::kStatusCodes.size(); ++status) {
      const uint64_t count =
          sum(shards, Rows::backend, row, metric("http_requests_total").at(method, status));
      counts[method] += count;
      if (is_server_error(status)) failed += count;
    }
  }
  return counts;
}

}  // namespace

const TrafficSample::Backend& TrafficSample::of(uint32_t backend_id) const {
  static const Backend none;
  const auto found = backends.find(backend_id);
  return found == backends.end() ? none : found->second;
}

uint64_t sum(Shards shards, Rows rows, uint32_t row, uint32_t cell) {
  uint64_t total = 0;
  for (const observe::MetricsShard* shard : shards)
    total += shard->value(rows, row, cell);
  return total;
}

TrafficSample take_sample(Shards shards, std::span<const std::shared_ptr<upstream::Backend>> backends,
                          TimePoint now, Duration cpu_time) {
  TrafficSample sample{.at = now, .cpu_time = cpu_time};
  for (uint32_t i = 0; i < observe::kProtocols.size(); ++i)
    sample.requests += sum(shards, Rows::process, 0, metric("http_protocol_requests_total").at(i));
  sample.duration = buckets(shards, metric("http_request_duration_seconds"), Rows::process, 0);
  sample.request_bytes = sum_of(shards, metric("http_request_size_bytes"));
  sample.response_bytes = sum_of(shards, metric("http_response_size_bytes"));
  requests_of(shards, observe::kNoBackendRow, sample.failed);

  for (const auto& backend : backends) {
    const uint32_t row = observe::backend_row(backend->id);
    TrafficSample::Backend& own = sample.backends[backend->id];
    own.requests = requests_of(shards, row, sample.failed);
    own.retries = sum(shards, Rows::backend, row, metric("backend_retries_total").at());
    own.response_time = buckets(shards, metric("backend_response_time_seconds"), Rows::backend, row);
    for (uint32_t status = 0; status < observe::kStatusCodes.size(); ++status) {
      const uint64_t attempts = sum(shards, Rows::backend, row, metric("backend_requests_total").at(status));
      own.attempts += attempts;
      if (is_server_error(status) || status == observe::kNoStatus) own.failed_attempts += attempts;
    }
  }
  return sample;
}

}  // namespace qp::server
