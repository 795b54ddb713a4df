// One span with something in every field, for the encoders.
#pragma once
#include <string>
#include <string_view>

#include "observe/span.h"

namespace qp::test {

inline observe::SpanSource sample_source() {
  return {.service_name = "edge", .version = "1.2", .attributes = {{"process.pid", 7}}};
}

inline observe::Span sample_span() {
  const auto at = [](int64_t nanoseconds) { return WallTime(std::chrono::nanoseconds(nanoseconds)); };
  return {.trace_id = {0x0102030405060708, 0x090a0b0c0d0e0f10},
          .span_id = 0x2122232425262728,
          .parent_span_id = 0x3132333435363738,
          .trace_state = "v=1",
          .kind = observe::Span::Kind::server,
          .status = observe::Span::Status::error,
          .name = "GET /a",
          .began = at(1'000'000'001),
          .ended = at(3'000'000'002),
          .attributes = {{"url.path", "/a"}, {"http.response.status_code", 503}},
          .events = {{.name = "retry", .time = at(2'000'000'000), .attributes = {{"error.type", "reset"}}}}};
}

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<uint8_t>(byte) >> 4];
    text += kDigits[static_cast<uint8_t>(byte) & 0xf];
  }
  return text;
}

}  // namespace qp::test
