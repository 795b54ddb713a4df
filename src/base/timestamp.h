// The time as log lines tell it, in UTC. What changes once a second only is formatted once a second only.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace qp {

class Timestamp {
 public:
  // "2026-11-23T05:21:24.123Z" (RFC 3339). Valid until the next call.
  std::string_view rfc3339(WallTime time);

  // "23/Nov/2026:05:21:24 +0000", the date of the common log format. Valid until the next call.
  std::string_view common(WallTime time);

 private:
  void enter_second(WallTime time);

  int64_t second_ = INT64_MIN;
  std::array<char, 24> rfc3339_{};
  std::array<char, 26> common_{};
};

// That of one time alone.
std::string rfc3339(WallTime time);

}  // namespace qp
