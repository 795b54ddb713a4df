// Whether connections to a backend come about, as one worker meets it. In doubt is who failed to take one
// and has taken none since, and who leaves the first that waits for him waiting. Who can goes elsewhere then;
// every kPatience one connection finds out.
//
//              begin            kPatience passes
//   (reached) ───────► asked ───────────────────► in doubt
//       ▲                │ fail                    │  ▲
//       │ succeed        └───────► in doubt ◄──────┘  │ begin
//       └──────────────────────────────┤ kPatience passes without another one
//                                      └──────► may be asked
#pragma once
#include <cassert>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace qp::upstream {

class Reach {
 public:
  // Longer than a connection takes, shorter than somebody likes to wait.
  static constexpr Duration kPatience = std::chrono::seconds(1);

  // A connection is begun; it succeeds or fails later.
  void begin(TimePoint now) {
    if (connecting_++ == 0) since_ = now;
  }
  void succeed(TimePoint now) {
    assert(connecting_ > 0);
    --connecting_;
    has_failed_ = false;
    since_ = now;
  }
  void fail(TimePoint now) {
    assert(connecting_ > 0);
    --connecting_;
    has_failed_ = true;
    since_ = now;
  }

  uint32_t connecting() const { return connecting_; }
  bool is_in_doubt(TimePoint now) const {
    const bool has_time_passed = now - since_ >= kPatience;
    if (connecting_ == 0) return has_failed_ && !has_time_passed;
    return has_failed_ || has_time_passed;
  }

 private:
  uint32_t connecting_ = 0;
  bool has_failed_ = false;  // the one that ended last
  TimePoint since_{};        // it did, or the first of those under way was begun
};

}  // namespace qp::upstream
