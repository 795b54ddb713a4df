// The date of a response (RFC 9110 §5.6.7), formatted once a second at most. One worker's.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace qp::http {

class Date {
 public:
  // "Sun, 06 Nov 1994 08:49:37 GMT". Valid until the next call.
  std::string_view text(WallTime now);

 private:
  int64_t second_ = -1;
  std::array<char, 29> text_{};
};

}  // namespace qp::http
