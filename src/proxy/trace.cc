#include "proxy/trace.h"

#include <optional>

#include "observe/trace_fields.h"

namespace qp::proxy {

namespace {

using config::Propagation;
using observe::TraceParent;

uint64_t random_id(Random& random) {
  for (;;) {
    if (const uint64_t id = random.next(); id != 0) return id;
  }
}

// A second field of that name makes both worthless: nobody can tell whose they are.
std::optional<TraceParent> read_traceparent(const http::Headers& fields) {
  if (fields.count(http::Name::traceparent) != 1) return std::nullopt;
  return observe::parse_traceparent(*fields.find(http::Name::traceparent));
}

std::optional<TraceParent> read_b3(const http::Headers& fields) {
  if (const auto one = fields.find("b3")) return observe::parse_b3(*one);
  return observe::parse_b3_multi(fields);
}

std::optional<TraceParent> read(const http::Headers& fields, const config::Tracing& wanted) {
  for (const Propagation how : wanted.propagation) {
    const auto parent = how == Propagation::b3 ? read_b3(fields) : read_traceparent(fields);
    if (parent) return parent;
  }
  return std::nullopt;
}

// The same for every proxy that meets this trace: its identifier decides.
bool is_chosen(observe::TraceId trace, double ratio) {
  return static_cast<double>(trace.low >> 11) * 0x1p-53 < ratio;
}

}  // namespace

void Trace::join(http::Headers& fields, const config::Tracing& wanted, Random& random) {
  if (!wanted.enabled) return;
  wanted_ = &wanted;
  const auto parent = read(fields, wanted);
  context_.trace_id = parent ? parent->trace_id : observe::TraceId{random_id(random), random_id(random)};
  context_.parent_span_id = parent ? parent->span_id : 0;
  context_.span_id = random_id(random);
  const auto asked = parent ? parent->is_sampled : std::nullopt;
  context_.is_sampled = asked ? *asked : is_chosen(context_.trace_id, wanted.sample_ratio);

  for (const Propagation how : wanted.propagation) {
    if (how == Propagation::b3) {
      has_b3_multi_ = fields.find("x-b3-traceid").has_value();
    } else if (fields.has(http::Name::tracestate)) {
      // It belongs to a traceparent, and without one to nobody (§3.3).
      const bool belongs =
          fields.has(http::Name::traceparent) && parent && read_traceparent(fields) == parent;
      const std::string state = belongs ? observe::tracestate_of(fields) : std::string();
      fields.remove(http::Name::tracestate);
      if (!state.empty()) fields.add(http::Name::tracestate, state);
    }
  }
}

observe::TraceContext Trace::context(const http::Headers& fields) const {
  observe::TraceContext context = context_;
  if (is_present()) context.state = fields.find(http::Name::tracestate).value_or("");
  return context;
}

uint64_t Trace::new_span_id(Random& random) const {
  return is_present() ? random_id(random) : 0;
}

void Trace::tell(http::Headers& fields, uint64_t span_id) const {
  if (!is_present()) return;
  for (const Propagation how : wanted_->propagation) {
    if (how == Propagation::b3) {
      tell_b3(fields, span_id);
    } else {
      const auto text = observe::traceparent_text(context_.trace_id, span_id, context_.is_sampled);
      fields.set(http::Name::traceparent, observe::view_of(text));
    }
  }
}

void Trace::tell_b3(http::Headers& fields, uint64_t span_id) const {
  if (!has_b3_multi_) {
    return fields.set("b3",
                      observe::view_of(observe::b3_text(context_.trace_id, span_id, context_.is_sampled)));
  }
  fields.remove("b3");
  fields.set("x-b3-traceid", observe::view_of(observe::hex_text(context_.trace_id)));
  fields.set("x-b3-spanid", observe::view_of(observe::hex_text(span_id)));
  fields.set("x-b3-parentspanid", observe::view_of(observe::hex_text(context_.span_id)));
  fields.set("x-b3-sampled", context_.is_sampled ? "1" : "0");
  fields.remove("x-b3-flags");
}

}  // namespace qp::proxy
