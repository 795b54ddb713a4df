// The deadlines that one object waits for, by name: an enum-indexed table behind a single timer.
//
//   enum class Wait { head, idle, count };
//   Deadlines<Wait> deadlines;
//   deadlines.set(Wait::idle, now + idle_timeout);
//   timers.arm(timer, deadlines.earliest());
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

#include "base/clock.h"

namespace qp {

template <typename Kind>
class Deadlines {
 public:
  Deadlines() { at_.fill(kNever); }

  void set(Kind kind, TimePoint deadline) { at_[index(kind)] = deadline; }
  void clear(Kind kind) { at_[index(kind)] = kNever; }
  void clear() { at_.fill(kNever); }

  bool is_set(Kind kind) const { return at_[index(kind)] != kNever; }
  bool is_past(Kind kind, TimePoint now) const { return at_[index(kind)] <= now; }
  TimePoint earliest() const { return *std::min_element(at_.begin(), at_.end()); }

 private:
  static size_t index(Kind kind) { return static_cast<size_t>(kind); }
  std::array<TimePoint, static_cast<size_t>(Kind::count)> at_;
};

}  // namespace qp
