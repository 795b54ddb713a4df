// A span as tracing systems know it: one step of a request's way, in values that both wires can say. It is
// made and encoded on control, never on a worker. Every text is UTF-8 and bounded by whoever made the span.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "observe/trace_context.h"

namespace qp::observe {

struct Attribute {
  std::string_view key;  // static text
  std::variant<int64_t, std::string> value;

  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;

struct SpanEvent {
  std::string_view name;  // static text
  WallTime time{};
  Attributes attributes;
};

struct Span {
  enum class Kind : uint8_t { server, client };
  enum class Status : uint8_t { unset, error };

  TraceId trace_id{};
  uint64_t span_id = 0;
  uint64_t parent_span_id = 0;  // 0: none
  std::string trace_state;      // W3C's tracestate
  Kind kind = Kind::server;
  Status status = Status::unset;
  std::string name;
  WallTime began{};
  WallTime ended{};
  Attributes attributes;
  std::vector<SpanEvent> events;
};

// Who speaks: the same for all spans of a process.
struct SpanSource {
  std::string service_name;
  std::string version;    // of the proxy
  Attributes attributes;  // the rest of the resource: host, process
};

}  // namespace qp::observe
