// Whether a backend takes part in load balancing: what control has found out about it, and what the operator
// wants. Control alone writes, through Rotation; every other thread reads relaxed. May be chosen is who has
// not a single mark.
#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace qp::upstream {

// What the operator wants of a backend.
enum class Service : uint8_t {
  running,
  draining,  // no new requests; those under way are finished
  stopped,   // out until it is started again
};

class Standing {
 public:
  bool may_be_chosen() const { return marks() == 0; }
  bool is_healthy() const { return (marks() & kUnhealthy) == 0; }  // as active checks have it
  bool is_ejected() const { return (marks() & kEjected) != 0; }    // as its answers to requests have it
  Service service() const { return static_cast<Service>(marks() >> kServiceShift); }

  // When may_be_chosen() changed last, or control took charge of the backend; long ago before that. A new
  // mark and its time are not read as one: a reader may see either of them first.
  TimePoint since() const { return TimePoint(Duration(since_ns_.load(std::memory_order_relaxed))); }

 private:
  friend class Rotation;
  static constexpr uint8_t kUnhealthy = 1;
  static constexpr uint8_t kEjected = 2;
  static constexpr int kServiceShift = 2;

  uint8_t marks() const { return marks_.load(std::memory_order_relaxed); }

  std::atomic<uint8_t> marks_{0};
  std::atomic<int64_t> since_ns_{0};
};

}  // namespace qp::upstream
