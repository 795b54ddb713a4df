// Counts exchanges on their worker when they are over: the http_… metrics, and those of attempts at backends.
#pragma once
#include "observe/exchange_record.h"
#include "observe/metrics_shard.h"

namespace qp::observe {

class RequestMetrics final : public ExchangeObserver {
 public:
  // `shard` is the worker's own, outlives this, and has a row for every backend (backend_row).
  explicit RequestMetrics(MetricsShard& shard) : shard_(shard), process_(shard.row(Rows::process)) {}

  void exchange_ended(const ExchangeRecord& record) override;

 private:
  void count_attempt(const AttemptRecord& attempt, bool was_followed);

  MetricsShard& shard_;
  MetricsRow process_;
};

// The row of requests for which no backend was asked; those of backends stand behind it.
constexpr uint32_t kNoBackendRow = 0;
constexpr uint32_t backend_row(uint32_t backend_id) {
  return backend_id + 1;
}

}  // namespace qp::observe
