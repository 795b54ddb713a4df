// Time as the program sees it: read once a turn, then passed down.
#pragma once
#include <chrono>
#include <cstdint>

namespace qp {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

constexpr TimePoint kNever = TimePoint::max();

// One iteration of a worker. Everything that happens in it happens at `now`.
struct Turn {
  TimePoint now;
  WallTime wall;  // the same instant on the calendar; for logs and dates only
};

}  // namespace qp
