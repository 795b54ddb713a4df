// A request's place in a distributed trace: joins the trace that the client named, or begins one, and tells
// each backend that is asked which span of ours asks it.
#pragma once
#include <cstdint>
#include <string>

#include "base/random.h"
#include "config/config.h"
#include "http/headers.h"
#include "observe/trace_context.h"

namespace qp::proxy {

class Trace {
 public:
  // Without this call, and with tracing switched off, there is none, and nothing is told. `wanted` outlives
  // the trace.
  void join(http::Headers& fields, const config::Tracing& wanted, Random& random);

  bool is_present() const { return context_.is_present(); }
  // As it is now; `state` is borrowed from the fields that it was told in.
  observe::TraceContext context(const http::Headers& fields) const;
  // For the span of an attempt; 0 without a trace.
  uint64_t new_span_id(Random& random) const;
  // Writes into the fields of a request that `span_id` sends it.
  void tell(http::Headers& fields, uint64_t span_id) const;

 private:
  void tell_b3(http::Headers& fields, uint64_t span_id) const;

  const config::Tracing* wanted_ = nullptr;
  observe::TraceContext context_;
  bool has_b3_multi_ = false;  // the client sent it in several fields: so do we
};

}  // namespace qp::proxy
