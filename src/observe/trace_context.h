// Where a request stands in a distributed trace (https://www.w3.org/TR/trace-context/): the trace, the span
// of whoever asked us, and our own.
//
//   client's span ──> our span of the request ──> one span for each attempt at a backend
//   parent_span_id    span_id                     AttemptRecord::span_id, told to that backend
#pragma once
#include <cstdint>
#include <string_view>

namespace qp::observe {

// 16 bytes in network order; zero is no trace.
struct TraceId {
  uint64_t high = 0;
  uint64_t low = 0;

  bool operator==(const TraceId&) const = default;
};

struct TraceContext {
  TraceId trace_id{};
  uint64_t parent_span_id = 0;  // 0: the trace begins here
  uint64_t span_id = 0;
  bool is_sampled = false;
  std::string_view state{};  // tracestate as it goes to backends; borrowed

  // Without tracing there is none.
  bool is_present() const { return trace_id != TraceId(); }
};

}  // namespace qp::observe
