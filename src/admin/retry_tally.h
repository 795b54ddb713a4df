// How many requests were tried again after they failed at one backend, told now and then: a backend that
// fails one after the other is one entry of the activity log every few seconds, and not one a request.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace qp::admin {

class RetryTally {
 public:
  static constexpr Duration kPause = std::chrono::seconds(10);  // between what is told

  // `total` only grows. Returns how many have come since the last time that it was told; 0: there is nothing
  // to tell, or it is too soon.
  uint64_t take(uint64_t total, TimePoint now) {
    const bool is_too_soon = told_at_ && now - *told_at_ < kPause;
    if (total <= told_ || is_too_soon) return 0;
    const uint64_t news = total - told_;
    told_ = total;
    told_at_ = now;
    return news;
  }

 private:
  uint64_t told_ = 0;
  std::optional<TimePoint> told_at_;
};

}  // namespace qp::admin
