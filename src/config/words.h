// Words of the file that stand for a value: `off`, `unlimited`.
#pragma once
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace qp::config {

/// The value of a limit that the file calls `unlimited`: no count of bytes is above it.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The value of a limit on things that the file calls `unlimited`.
inline constexpr std::uint32_t kUnlimitedCount = std::numeric_limits<std::uint32_t>::max();

/// The value of a duration that the file calls `off`.
inline constexpr Duration kOff = Duration::zero();

}  // namespace qp::config
