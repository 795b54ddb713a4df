// What the results of one backend's checks amount to: a pure decider. One result proves nothing; so many in a
// row that contradict the state change it.
//
//                 unhealthy_threshold failures in a row
//        healthy ────────────────────────────────────────► unhealthy          contradictions_ < threshold
//                ◄────────────────────────────────────────
//                 healthy_threshold successes in a row
//
// Who starts as unhealthy is unknown rather than ill: its first success alone brings it in.
#pragma once
#include <cstdint>
#include <utility>

#include "config/config.h"

namespace qp::upstream {

class HealthTally {
 public:
  struct Verdict {
    bool has_changed = false;  // is_healthy() is another now
    bool is_news = false;      // not just what everybody knows: worth a line in the log
    bool operator==(const Verdict&) const = default;
  };

  explicit HealthTally(const config::HealthCheck& config)
      : thresholds_{.unhealthy = config.unhealthy_threshold, .healthy = config.healthy_threshold},
        is_healthy_(config.initial_state != config::InitialState::unhealthy),
        is_unknown_(!is_healthy_) {}
  // The backend is known from before.
  HealthTally(const config::HealthCheck& config, bool was_healthy) : HealthTally(config) {
    is_healthy_ = was_healthy;
    is_unknown_ = false;
    has_result_ = true;
  }

  bool is_healthy() const { return is_healthy_; }
  bool is_unknown() const { return is_unknown_; }  // it has not been well yet, and is held to be unhealthy

  Verdict handle(bool has_passed) {
    const bool is_first = !std::exchange(has_result_, true);
    if (has_passed == is_healthy_) {
      const bool was_in_doubt = std::exchange(contradictions_, 0) > 0;
      return {.has_changed = false, .is_news = is_first || was_in_doubt};
    }
    if (++contradictions_ < (is_healthy_ ? thresholds_.unhealthy : thresholds_.healthy) && !is_unknown_) {
      return {.has_changed = false, .is_news = true};
    }
    is_healthy_ = has_passed;
    is_unknown_ = false;
    contradictions_ = 0;
    return {.has_changed = true, .is_news = true};
  }

 private:
  struct Thresholds {
    uint32_t unhealthy;
    uint32_t healthy;
  };

  Thresholds thresholds_;
  bool is_healthy_;
  bool is_unknown_;
  bool has_result_ = false;
  uint32_t contradictions_ = 0;  // results in a row that speak against is_healthy_
};

}  // namespace qp::upstream
