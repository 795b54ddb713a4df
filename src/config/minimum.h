// So many of something, or so many per cent of it.
#pragma once
#include <cstdint>

namespace qp::config {

/// Zero: none.
struct Minimum {
  std::uint32_t value = 0;
  bool is_percent = false;
  bool operator==(const Minimum&) const = default;
};

}  // namespace qp::config
