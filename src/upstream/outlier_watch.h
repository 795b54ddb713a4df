// Passive checks, the worker's half: counts for every backend how many attempts in a row have failed there,
// and tells when they are too many. Control decides what follows.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "observe/exchange_record.h"
#include "upstream/backend.h"

namespace qp::upstream {

class OutlierWatchOwner {
 public:
  // Its failures in a row have reached the threshold; counting begins again.
  virtual void backend_fails(uint32_t backend_id) = 0;

 protected:
  ~OutlierWatchOwner() = default;
};

// What an attempt says about its backend.
enum class AttemptVerdict : uint8_t { good, bad, neutral };

// Bad: no connection, one that broke or fell silent, an answer that is none, one of the failure statuses, or
// slow. Neutral: the client or our own limits ended it, or a kept connection had gone stale.
AttemptVerdict verdict_of(const observe::AttemptRecord& attempt, const config::OutlierDetection& rules);

class OutlierWatch final : public observe::ExchangeObserver {
 public:
  explicit OutlierWatch(OutlierWatchOwner& owner) : owner_(owner) {}

  // These are the backends from now on; what was counted about those that stay is kept.
  void install(const std::vector<std::shared_ptr<Backend>>& backends);

  // Some backend is watched. Otherwise nobody has to tell of exchanges.
  bool is_watching() const { return !rows_.empty(); }

  void exchange_ended(const observe::ExchangeRecord& record) override;

 private:
  struct Row {
    config::OutlierDetection rules;  // not enabled: it is not watched
    uint32_t failures = 0;           // in a row
  };

  OutlierWatchOwner& owner_;
  std::vector<Row> rows_;  // by Backend::id
};

}  // namespace qp::upstream
