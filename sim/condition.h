// How a whole backend is, for a while.
#pragma once
#include <cstdint>

namespace qp::sim {

enum class Condition : uint8_t {
  well,
  down,           // nobody listens, and who was connected is thrown out
  frozen,         // takes everything and never says a word
  busy,           // 503 to everybody
  sick,           // serves, but its check fails
  slow_to_check,  // serves, but its check takes too long
};
inline constexpr uint32_t kConditions = 6;

}  // namespace qp::sim
