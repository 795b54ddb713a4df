// Bytes for bodies that don't repeat soon, so that a piece in the wrong place shows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/random.h"

namespace qp::test {

inline std::string pattern(size_t size, uint64_t seed = 1) {
  Random random(seed);
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>(random.next());
  return text;
}

}  // namespace qp::test
