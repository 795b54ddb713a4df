// All that is counted in this process, as control has it: a shard for each worker, one of its own, and the
// page made of them.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "observe/metrics_page.h"
#include "observe/metrics_shard.h"
#include "server/reload.h"
#include "server/tracing.h"
#include "transport/tls_context.h"
#include "upstream/backend.h"
#include "upstream/ejector.h"
#include "upstream/health_checker.h"

namespace qp::server {

class Metrics {
 public:
  explicit Metrics(const Turn& started);

  // Workers come before anything is read; their shards live as long as this.
  observe::MetricsShard& add_worker();
  // The configuration that new requests are served by, from now on.
  void install(const std::vector<std::shared_ptr<upstream::Backend>>& backends,
               const transport::TlsContext& tls);

  // All of them, the workers' first.
  std::span<const observe::MetricsShard* const> shards() const { return shards_; }

  // What has to be asked when the page is read.
  struct Facts {
    Turn turn;
    uint64_t log_lines_dropped;
    const ReloadRecord& reloads;
    const upstream::HealthChecker& checker;
    const upstream::Ejector& ejector;
    const Tracing& tracing;
  };
  std::string page(observe::MetricsFormat format, const Facts& facts);

 private:
  void take(const Facts& facts);
  void take(const Tracing& tracing);
  void take_process_stats();

  observe::MetricsShard control_;
  std::vector<std::unique_ptr<observe::MetricsShard>> workers_;
  std::vector<const observe::MetricsShard*> shards_;  // the workers', then control's
  std::vector<std::shared_ptr<upstream::Backend>> backends_;
  std::map<std::string, std::vector<uint32_t>> rows_;  // of all backends that ever had the name
  std::vector<observe::NamedRows> certificates_;
};

}  // namespace qp::server
