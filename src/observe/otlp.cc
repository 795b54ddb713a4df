#include "observe/otlp.h"

#include <cassert>
#include <chrono>

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

namespace qp::observe {

namespace {

namespace proto = opentelemetry::proto;
using KeyValues = google::protobuf::RepeatedPtrField<proto::common::v1::KeyValue>;

// Numbers travel as bytes in network order (W3C Trace Context).
std::string bytes_of(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift);
  return bytes;
}

uint64_t nanoseconds(WallTime time) {
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  return count < 0 ? 0 : static_cast<uint64_t>(count);
}

void add(KeyValues& list, std::string_view key, std::string_view text) {
  proto::common::v1::KeyValue& pair = *list.Add();
  pair.set_key(std::string(key));
  pair.mutable_value()->set_string_value(std::string(text));
}

void add(KeyValues& list, const Attributes& attributes) {
  for (const Attribute& attribute : attributes) {
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      add(list, attribute.key, *text);
      continue;
    }
    proto::common::v1::KeyValue& pair = *list.Add();
    pair.set_key(std::string(attribute.key));
    pair.mutable_value()->set_int_value(std::get<int64_t>(attribute.value));
  }
}

proto::trace::v1::Span::SpanKind kind_of(Span::Kind kind) {
  switch (kind) {
    case Span::Kind::server: return proto::trace::v1::Span::SPAN_KIND_SERVER;
    case Span::Kind::client: return proto::trace::v1::Span::SPAN_KIND_CLIENT;
  }
  return proto::trace::v1::Span::SPAN_KIND_UNSPECIFIED;
}

void fill(proto::trace::v1::Span& out, const Span& span) {
  out.set_trace_id(bytes_of(span.trace_id.high) + bytes_of(span.trace_id.low));
  out.set_span_id(bytes_of(span.span_id));
  if (span.parent_span_id != 0) out.set_parent_span_id(bytes_of(span.parent_span_id));
  out.set_trace_state(span.trace_state);
  out.set_name(span.name);
  out.set_kind(kind_of(span.kind));
  out.set_start_time_unix_nano(nanoseconds(span.began));
  out.set_end_time_unix_nano(nanoseconds(span.ended));
  add(*out.mutable_attributes(), span.attributes);
  for (const SpanEvent& event : span.events) {
    proto::trace::v1::Span::Event& into = *out.add_events();
    into.set_name(std::string(event.name));
    into.set_time_unix_nano(nanoseconds(event.time));
    add(*into.mutable_attributes(), event.attributes);
  }
  if (span.status == Span::Status::error) {
    out.mutable_status()->set_code(proto::trace::v1::Status::STATUS_CODE_ERROR);
  }
}

}  // namespace

std::string encode_otlp(const SpanSource& source, std::span<const Span> spans) {
  proto::collector::trace::v1::ExportTraceServiceRequest request;
  proto::trace::v1::ResourceSpans& one = *request.add_resource_spans();
  KeyValues& resource = *one.mutable_resource()->mutable_attributes();
  add(resource, "service.name", source.service_name);
  add(resource, "service.version", source.version);
  add(resource, source.attributes);
  proto::trace::v1::ScopeSpans& scope = *one.add_scope_spans();
  scope.mutable_scope()->set_name("quic-proxy");
  scope.mutable_scope()->set_version(source.version);
  for (const Span& span : spans)
    fill(*scope.add_spans(), span);
  return request.SerializeAsString();
}

}  // namespace qp::observe
