// What all threads have counted so far, added up: two of these make a rate.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

#include "base/clock.h"
#include "observe/metrics_labels.h"
#include "observe/metrics_shard.h"
#include "upstream/backend.h"

namespace qp::server {

struct TrafficSample {
  using Buckets = std::array<uint64_t, observe::bounds::latency.size() + 1>;
  using ByMethod = std::array<uint64_t, observe::kMethods.size()>;

  struct Backend {
    ByMethod requests{};    // that it served, or failed last
    uint64_t attempts = 0;  // and those of them that failed: no response, or a status from 500
    uint64_t failed_attempts = 0;
    uint64_t retries = 0;  // attempts that were followed by another one, here or elsewhere
    Buckets response_time{};
  };

  TimePoint at{};
  uint64_t requests = 0;
  uint64_t failed = 0;  // answered with a status from 500
  Buckets duration{};
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
  Duration cpu_time{};
  std::unordered_map<uint32_t, Backend> backends;  // by their ids

  const Backend& of(uint32_t backend_id) const;
};

using Shards = std::span<const observe::MetricsShard* const>;

// The sum of one cell.
uint64_t sum(Shards shards, observe::Rows rows, uint32_t row, uint32_t cell);

TrafficSample take_sample(Shards shards, std::span<const std::shared_ptr<upstream::Backend>> backends,
                          TimePoint now, Duration cpu_time);

}  // namespace qp::server
