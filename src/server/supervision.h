// When a process that we look after is run, told to end, and killed. It decides and does nothing: whoever
// asks carries out what next() says, and tells how that went.
//
//            run                  ended by itself
//   off ───────────► running ────────────────────► waiting ──(its pause is over)──► run
//    ▲                  │ stop, kill                  │ stop, kill
//    │                  ▼                             │
//    ├───(ended)──── ending ──(patience is over)──► kill
//    └────────────────────────────────────────────────┘
//
// Once told to start it never gives up; the pauses between attempts double up to a bound.
#pragma once
#include <cstdint>

#include "base/clock.h"

namespace qp::server {

class Supervision {
 public:
  static constexpr Duration kFirstPause = std::chrono::milliseconds(200);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);
  static constexpr Duration kSettled =
      std::chrono::seconds(10);  // who ran so long fails for the first time again
  static constexpr Duration kEndPatience = std::chrono::seconds(10);

  enum class Act : uint8_t { none, run, terminate, kill };

  // What is wanted from now on. A kill does not ask the process first.
  void start();
  void stop();
  void kill();

  // What is to be done now; asked again until that is nothing, and at the deadline.
  Act next(TimePoint now);
  TimePoint deadline() const { return deadline_; }

  void handle_run(TimePoint now);
  // These answer how long the pause before the next attempt is; zero: none is wanted.
  Duration handle_failed_run(TimePoint now);
  Duration handle_end(TimePoint now);

  bool is_wanted() const { return is_wanted_; }
  bool is_running() const { return state_ == State::running; }
  bool is_off() const { return state_ == State::off && !is_wanted_; }

 private:
  enum class State : uint8_t { off, running, ending, killed, waiting };
  Duration pause(TimePoint now);

  State state_ = State::off;
  bool is_wanted_ = false;
  bool has_mercy_ = true;  // asks before it kills
  uint32_t failures_ = 0;  // in a row
  TimePoint ran_at_{};
  TimePoint deadline_ = kNever;  // of the state
};

}  // namespace qp::server
