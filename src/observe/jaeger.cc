#include "observe/jaeger.h"

#include <jaeger/jaeger_types.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TVirtualTransport.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace qp::observe {

namespace {

constexpr int32_t kSampled = 1;

// Where Thrift writes to.
class Text final : public apache::thrift::transport::TVirtualTransport<Text> {
 public:
  bool isOpen() const override { return true; }
  void write(const uint8_t* bytes, uint32_t count) {
    bytes_.append(reinterpret_cast<const char*>(bytes), count);
  }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

int64_t microseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

void add(std::vector<Tag>& tags, std::string_view key, std::string_view text) {
  Tag& tag = tags.emplace_back();
  tag.__set_key(std::string(key));
  tag.__set_vType(TagType::STRING);
  tag.__set_vStr(std::string(text));
}

void add(std::vector<Tag>& tags, const Attributes& attributes) {
  for (const Attribute& attribute : attributes) {
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      add(tags, attribute.key, *text);
      continue;
    }
    Tag& tag = tags.emplace_back();
    tag.__set_key(std::string(attribute.key));
    tag.__set_vType(TagType::LONG);
    tag.__set_vLong(std::get<int64_t>(attribute.value));
  }
}

std::string_view kind_of(Span::Kind kind) {
  switch (kind) {
    case Span::Kind::server: return "server";
    case Span::Kind::client: return "client";
  }
  return "";
}

std::vector<Tag> tags_of(const Span& span) {
  std::vector<Tag> tags;
  add(tags, span.attributes);
  add(tags, "span.kind", kind_of(span.kind));
  if (!span.trace_state.empty()) add(tags, "w3c.tracestate", span.trace_state);
  if (span.status == Span::Status::error) {
    add(tags, "otel.status_code", "ERROR");
    Tag& tag = tags.emplace_back();
    tag.__set_key("error");
    tag.__set_vType(TagType::BOOL);
    tag.__set_vBool(true);
  }
  return tags;
}

std::vector<::Log> logs_of(const Span& span) {
  std::vector<::Log> logs;
  for (const SpanEvent& event : span.events) {
    std::vector<Tag> fields;
    add(fields, "event", event.name);
    add(fields, event.attributes);
    ::Log& log = logs.emplace_back();
    log.__set_timestamp(microseconds(event.time));
    log.__set_fields(fields);
  }
  return logs;
}

::Span to_jaeger(const Span& span) {
  ::Span out;
  out.__set_traceIdHigh(static_cast<int64_t>(span.trace_id.high));
  out.__set_traceIdLow(static_cast<int64_t>(span.trace_id.low));
  out.__set_spanId(static_cast<int64_t>(span.span_id));
  out.__set_parentSpanId(static_cast<int64_t>(span.parent_span_id));
  out.__set_operationName(span.name);
  out.__set_flags(kSampled);
  out.__set_startTime(microseconds(span.began));
  out.__set_duration(microseconds(span.ended) - microseconds(span.began));
  out.__set_tags(tags_of(span));
  if (!span.events.empty()) out.__set_logs(logs_of(span));
  return out;
}

}  // namespace

std::string encode_jaeger(const SpanSource& source, std::span<const Span> spans) {
  std::vector<Tag> process;
  add(process, "service.version", source.version);
  add(process, source.attributes);
  Batch batch;
  batch.process.__set_serviceName(source.service_name);
  batch.process.__set_tags(process);
  for (const Span& span : spans)
    batch.spans.push_back(to_jaeger(span));

  const auto text = std::make_shared<Text>();
  apache::thrift::protocol::TBinaryProtocolT<Text> protocol(text);
  batch.write(&protocol);
  return text->take();
}

}  // namespace qp::observe
