// Why a message is not taken: what a server answers it with, and a static sentence about it.
#pragma once
#include <cstdint>
#include <expected>

#include "base/result.h"
#include "http/answer.h"

namespace qp::codec::h1 {

using Refusal = http::Answer;  // 400, 408, 414, 421, 431, 501 or 505

template <typename T = void>
using Parsed = std::expected<T, Refusal>;

constexpr std::unexpected<Refusal> refuse(uint16_t status, const char* detail) {
  return std::unexpected(Refusal{status, detail});
}
constexpr std::unexpected<Refusal> malformed(const char* detail) {
  return refuse(400, detail);
}

// The same for those who don't answer: a client's codec, the log.
Error error_of(const Refusal& refusal, Origin origin);

}  // namespace qp::codec::h1
