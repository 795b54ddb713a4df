// Why a message is not taken: what a server answers it with, and a static sentence about it.
#pragma once
#include <cstdint>
#include <expected>
#include <string>

#include "base/result.h"

namespace qp::codec::h1 {

struct [[nodiscard]] Refusal {
  uint16_t status = 400;    // 400, 414, 421, 431, 501 or 505
  const char* detail = "";  // static text

  // The same for those who don't answer: a client's codec, the log.
  Error error(Origin origin) const;
};

template <typename T = void>
using Parsed = std::expected<T, Refusal>;

constexpr std::unexpected<Refusal> refuse(uint16_t status, const char* detail) {
  return std::unexpected(Refusal{status, detail});
}
constexpr std::unexpected<Refusal> malformed(const char* detail) {
  return refuse(400, detail);
}

// The whole response to it, after which the connection is closed. It says what is wrong, and nothing about
// us.
void write_refusal(std::string& out, const Refusal& refusal);

}  // namespace qp::codec::h1
