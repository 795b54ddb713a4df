// So many a second, evenly: how many are due by now. What could not be done in time is not made up for.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace qp::server {

class Pace {
 public:
  Pace(uint32_t per_second, TimePoint start) : per_second_(per_second), start_(start) {}

  // Those that have become due since the last call; at most a tenth of a second's.
  uint32_t take_due(TimePoint now) {
    const auto wanted = static_cast<uint64_t>((now - start_).count()) * per_second_ / kSecond;
    const uint64_t due = wanted - taken_;
    taken_ = wanted;
    return static_cast<uint32_t>(std::min<uint64_t>(due, std::max(1u, per_second_ / 10)));
  }
  // When the next one is due.
  TimePoint next() const {
    return start_ + Duration(static_cast<int64_t>((taken_ + 1) * kSecond / per_second_)) + Duration(1);
  }

 private:
  static constexpr uint64_t kSecond = 1'000'000'000;

  uint32_t per_second_;
  TimePoint start_;
  uint64_t taken_ = 0;
};

}  // namespace qp::server
