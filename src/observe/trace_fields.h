// The fields that carry a trace context from one hop to the next: traceparent and tracestate
// (https://www.w3.org/TR/trace-context/), and B3 of older systems
// (https://github.com/openzipkin/b3-propagation).
//
//   traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//   b3: 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1
//
// Reading is strict: what isn't well formed is as if it were not there.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "observe/trace_context.h"

namespace qp::observe {

// Who asked us, by its own words.
struct TraceParent {
  TraceId trace_id{};
  uint64_t span_id = 0;
  std::optional<bool> is_sampled{};  // none: it leaves that to us

  bool operator==(const TraceParent&) const = default;
};

// §3.2: version 00 as it is, later ones by their first four parts, ff never.
std::optional<TraceParent> parse_traceparent(std::string_view value);
// The one header, and the several ones (X-B3-TraceId, -SpanId, -Sampled, -Flags).
std::optional<TraceParent> parse_b3(std::string_view value);
std::optional<TraceParent> parse_b3_multi(const http::Headers& fields);

// §3.3.1.5: what is longer is shortened by whole members, the longest ones first.
inline constexpr size_t kTracestateBytesMax = 512;
inline constexpr size_t kTracestateMembersMax = 32;
// All fields of that name as one value that may be sent on; empty if one of them isn't well formed.
std::string tracestate_of(const http::Headers& fields);

// Text without allocation.
std::array<char, 55> traceparent_text(TraceId trace, uint64_t span_id, bool is_sampled);
std::array<char, 51> b3_text(TraceId trace, uint64_t span_id, bool is_sampled);
std::array<char, 32> hex_text(TraceId trace);
std::array<char, 16> hex_text(uint64_t span_id);

template <size_t N>
std::string_view view_of(const std::array<char, N>& text) {
  return {text.data(), N};
}

}  // namespace qp::observe
