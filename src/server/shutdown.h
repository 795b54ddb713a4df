// The way to the end: the first signal asks for a drain, a second one or too much time for a stop.
//
//   serving ─► draining ─► stopped
#pragma once
#include <utility>

#include "base/clock.h"
#include "base/timer_queue.h"

namespace qp::server {

class Shutdown final : private Timer {
 public:
  explicit Shutdown(TimerQueue& timers) : timers_(timers) {}
  ~Shutdown() { timers_.disarm(*this); }

  enum class Step { none, drain, stop };
  // Somebody asks for the end. What is under way gets until `deadline`.
  Step ask(TimePoint deadline) {
    if (!std::exchange(is_draining_, true)) {
      timers_.arm(*this, deadline);
      return Step::drain;
    }
    timers_.disarm(*this);
    is_hurried_ = true;
    return std::exchange(is_stopped_, true) ? Step::none : Step::stop;
  }
  // Asked once a turn: true in the turn in which the time is over.
  bool times_out() {
    if (!std::exchange(is_due_, false)) return false;
    return has_timed_out_ = is_stopped_ = true;
  }

  bool is_draining() const { return is_draining_; }
  bool is_hurried() const { return is_hurried_; }  // asked for more than once
  bool has_timed_out() const { return has_timed_out_; }

 private:
  void due() override { is_due_ = true; }

  TimerQueue& timers_;
  bool is_draining_ = false;
  bool is_stopped_ = false;
  bool is_hurried_ = false;
  bool is_due_ = false;
  bool has_timed_out_ = false;
};

}  // namespace qp::server
