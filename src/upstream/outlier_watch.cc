#include "upstream/outlier_watch.h"

#include <utility>

namespace qp::upstream {

namespace {

bool is_failure(uint16_t status, config::FailureStatuses statuses) {
  if (statuses == config::FailureStatuses::server_errors) return status >= 500;
  return status >= 502 && status <= 504;
}

bool is_slow(const observe::AttemptRecord& attempt, Duration slow_answer) {
  if (slow_answer == config::kOff || attempt.first_byte == kNever) return false;
  return attempt.first_byte - attempt.began > slow_answer;
}

}  // namespace

AttemptVerdict verdict_of(const observe::AttemptRecord& attempt, const config::OutlierDetection& rules) {
  if (attempt.status != 0 && is_failure(attempt.status, rules.failure_statuses)) return AttemptVerdict::bad;
  if (is_slow(attempt, rules.slow_answer)) return AttemptVerdict::bad;
  if (attempt.termination.starts_with("upstream_")) {
    const bool was_stale =
        attempt.is_reused && attempt.status == 0 && attempt.termination == "upstream_closed";
    return was_stale ? AttemptVerdict::neutral : AttemptVerdict::bad;
  }
  return attempt.status != 0 ? AttemptVerdict::good : AttemptVerdict::neutral;
}

void OutlierWatch::install(const std::vector<std::shared_ptr<Backend>>& backends) {
  const std::vector<Row> known = std::exchange(rows_, {});
  for (const std::shared_ptr<Backend>& backend : backends) {
    const config::OutlierDetection& config = backend->config.outlier_detection;
    const uint32_t id = backend->id;
    if (!config.enabled) continue;
    if (id >= rows_.size()) rows_.resize(size_t{id} + 1);
    rows_[id] = {.rules = config, .failures = id < known.size() ? known[id].failures : 0};
  }
}

void OutlierWatch::exchange_ended(const observe::ExchangeRecord& record) {
  for (const observe::AttemptRecord& attempt : record.attempts) {
    if (attempt.backend_id >= rows_.size()) continue;
    Row& row = rows_[attempt.backend_id];
    if (!row.rules.enabled) continue;
    switch (verdict_of(attempt, row.rules)) {
      case AttemptVerdict::neutral: break;
      case AttemptVerdict::good: row.failures = 0; break;
      case AttemptVerdict::bad:
        if (++row.failures < row.rules.consecutive_failures) break;
        row.failures = 0;
        owner_.backend_fails(attempt.backend_id);
    }
  }
}

}  // namespace qp::upstream
