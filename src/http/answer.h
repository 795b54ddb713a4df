// A request that we answer ourselves, and why.
#pragma once
#include <cstdint>

namespace qp::http {

struct [[nodiscard]] Answer {
  uint16_t status = 400;
  const char* detail = "";  // static text: it says what is wrong, and nothing about us
};

}  // namespace qp::http
