// The numbers that the control center shows, as values. Whoever counts gives them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "admin/series.h"
#include "base/clock.h"
#include "upstream/backend.h"

namespace qp::admin {

// Over the last 5 s; none while there was no request.
struct Latency {
  std::optional<double> p50_ms;
  std::optional<double> p95_ms;
  std::optional<double> p99_ms;
};

struct TrafficFigures {
  uint64_t requests_total = 0;
  uint64_t requests_active = 0;
  double requests_per_second = 0;         // over the last 5 s
  std::optional<double> success_percent;  // the same
  Latency latency;
  uint64_t h3_connections = 0;
  uint64_t h2_connections = 0;
  uint64_t h1_connections = 0;
};

struct BackendFigures {
  uint64_t checks_passed = 0;
  uint64_t checks_failed = 0;
  std::optional<WallTime> checked_at;  // the last time
  const char* check_error = "";        // "" if that check passed; static text
  uint64_t requests_total = 0;
  uint64_t requests_active = 0;
  double requests_per_second = 0;
  uint64_t failures_total = 0;
  uint64_t retries_total = 0;  // requests that failed here and were tried again
  uint64_t connections = 0;
  Latency latency;
};

class Figures {
 public:
  // Once a second.
  virtual void sample(TimePoint now, std::span<const std::shared_ptr<upstream::Backend>> backends) = 0;
  virtual TrafficFigures traffic() const = 0;
  virtual std::vector<ChartPoint> chart_points(
      std::span<const std::shared_ptr<upstream::Backend>> backends) const = 0;
  virtual BackendFigures of(const upstream::Backend& backend) const = 0;

 protected:
  ~Figures() = default;
};

}  // namespace qp::admin
