// The page that Prometheus reads: the sums of all shards as text, in Prometheus's format 0.0.4 or in
// OpenMetrics 1.0. Made by control; workers go on counting meanwhile.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/metrics_shard.h"

namespace qp::observe {

enum class MetricsFormat : uint8_t { prometheus, openmetrics };

// As an Accept field asks; without a preference it is Prometheus's own.
MetricsFormat metrics_format(std::string_view accept);
std::string_view content_type(MetricsFormat format);

// A name and the rows that are added up under it: a backend that was configured anew has a row for each of
// its lives.
struct NamedRows {
  std::string name;
  std::vector<uint32_t> rows;
};

struct MetricsSource {
  std::span<const MetricsShard* const> shards;  // workers' first, in the order of their numbers
  uint32_t workers = 0;                         // so many of them are workers'
  std::vector<NamedRows> backends;
  std::vector<NamedRows> certificates;
  std::string version;
};

std::string metrics_page(const MetricsSource& source, MetricsFormat format);

}  // namespace qp::observe
