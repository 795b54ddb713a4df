#include "server/supervision.h"

#include <algorithm>

namespace qp::server {

void Supervision::start() {
  is_wanted_ = true;
  if (state_ != State::waiting) return;
  state_ = State::off;  // whoever asks does not want to wait
  deadline_ = kNever;
}

void Supervision::stop() {
  is_wanted_ = false;
}

void Supervision::kill() {
  is_wanted_ = has_mercy_ = false;
}

Supervision::Act Supervision::next(TimePoint now) {
  switch (state_) {
    case State::off: return is_wanted_ ? Act::run : Act::none;
    case State::waiting:
      if (!is_wanted_) {
        state_ = State::off;
        deadline_ = kNever;
      }
      return is_wanted_ && now >= deadline_ ? Act::run : Act::none;
    case State::running:
      if (is_wanted_) return Act::none;
      state_ = State::ending;
      deadline_ = now + kEndPatience;
      return has_mercy_ ? Act::terminate : next(now);
    case State::ending:
      if (has_mercy_ && now < deadline_) return Act::none;
      state_ = State::killed;
      deadline_ = kNever;
      return Act::kill;
    case State::killed: return Act::none;
  }
  return Act::none;
}

void Supervision::handle_run(TimePoint now) {
  state_ = State::running;
  has_mercy_ = true;
  ran_at_ = now;
  deadline_ = kNever;
}

Duration Supervision::handle_failed_run(TimePoint now) {
  return pause(now);
}

Duration Supervision::handle_end(TimePoint now) {
  const bool was_asked_to = state_ != State::running || !is_wanted_;
  if (now - ran_at_ >= kSettled || was_asked_to) failures_ = 0;
  if (!was_asked_to) return pause(now);
  state_ = State::off;
  deadline_ = kNever;
  return Duration::zero();
}

Duration Supervision::pause(TimePoint now) {
  constexpr uint32_t kDoublingsMax = 16;  // far above the longest pause
  const Duration pause =
      std::min<Duration>(kLongestPause, kFirstPause * (1u << std::min(failures_, kDoublingsMax)));
  ++failures_;
  state_ = State::waiting;
  deadline_ = now + pause;
  return pause;
}

}  // namespace qp::server
