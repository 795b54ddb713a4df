// Passive checks, the verdict on one backend: for how long it is out, and when it is in again. A pure state
// machine: values in, state out.
//
//          eject()              its time is over, and it is checked actively
//     in ──────────► out ──────────────────────────────────────────────────► proving
//      ▲              │ its time is over, and nobody checks it                  │ a check passes
//      └──────────────┴─────────────────────────────────────────────────────────┘
//
// The n-th ejection lasts n times as long as the first, up to a maximum. Each base_ejection_time without
// another one takes one from n.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "config/config.h"

namespace qp::upstream {

class Ejection {
 public:
  enum class State : uint8_t { in, out, proving };

  State state() const { return state_; }
  uint32_t times() const { return times_; }   // in a row, this one included
  TimePoint until() const { return until_; }  // kNever unless out

  // Who is in goes out. Returns for how long.
  Duration eject(const config::OutlierDetection& config, TimePoint now) {
    assert(state_ == State::in);
    const auto forgiven = static_cast<uint64_t>((now - returned_at_) / config.base_ejection_time);
    times_ -= static_cast<uint32_t>(std::min<uint64_t>(times_, forgiven));
    const auto steps_max = config.max_ejection_time / config.base_ejection_time + 1;
    times_ = static_cast<uint32_t>(std::min<int64_t>(times_ + int64_t{1}, steps_max));
    const Duration time = std::min(config.max_ejection_time, config.base_ejection_time * times_);
    state_ = State::out;
    until_ = now + time;
    return time;
  }

  // Its time may be over: true if so.
  bool expire(TimePoint now, bool is_checked) {
    if (now < until_) return false;
    until_ = kNever;
    state_ = State::proving;
    if (!is_checked) readmit(now);
    return true;
  }

  // An active check has passed: true if that brings it back. Before its time is over it proves nothing, for a
  // backend may answer checks and fail requests.
  bool handle_pass(TimePoint now) {
    if (state_ != State::proving) return false;
    readmit(now);
    return true;
  }

 private:
  void readmit(TimePoint now) {
    state_ = State::in;
    returned_at_ = now;
  }

  State state_ = State::in;
  uint32_t times_ = 0;
  TimePoint until_ = kNever;
  TimePoint returned_at_{};
};

// One more may go, when `ejected` of `backends` are out already.
constexpr bool may_eject(size_t ejected, size_t backends, uint32_t percent_max) {
  return (ejected + 1) * 100 <= backends * percent_max;
}

}  // namespace qp::upstream
