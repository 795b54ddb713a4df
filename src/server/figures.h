// The control center's numbers, made of what the threads count: sampled once a second, so that rates and
// percentiles are those of the last seconds.
#pragma once
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "admin/figures.h"
#include "base/clock.h"
#include "observe/metrics_shard.h"
#include "server/traffic_sample.h"
#include "upstream/health_checker.h"

namespace qp::server {

class Figures final : public admin::Figures {
 public:
  static constexpr size_t kSamplesKept = 6;  // a second apart: what is told is of the last five

  // `checker` outlives it.
  explicit Figures(const upstream::HealthChecker& checker) : checker_(checker) {}

  // Who counts; the shards outlive it. Before that everything is zero.
  void read_from(Shards shards) { shards_.assign(shards.begin(), shards.end()); }

  void sample(TimePoint now, std::span<const std::shared_ptr<upstream::Backend>> backends) override;
  admin::TrafficFigures traffic() const override;
  admin::BackendFigures of(const upstream::Backend& backend) const override;
  std::vector<admin::ChartPoint> chart_points(
      std::span<const std::shared_ptr<upstream::Backend>> backends) const override;

 private:
  double seconds() const;
  double per_second(uint64_t before, uint64_t after) const;

  const upstream::HealthChecker& checker_;
  std::vector<const observe::MetricsShard*> shards_;
  std::deque<TrafficSample> samples_;  // oldest first
};

}  // namespace qp::server
