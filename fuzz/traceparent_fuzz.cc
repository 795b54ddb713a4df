// Trace contexts as strangers write them. What is read is written again, and then means the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "observe/trace_fields.h"

namespace {

using namespace qp;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const std::optional<observe::TraceParent>& parent) {
  if (!parent) return;
  require(parent->trace_id != observe::TraceId() && parent->span_id != 0);
  const bool is_sampled = parent->is_sampled.value_or(false);
  observe::TraceParent expected = *parent;
  expected.is_sampled = is_sampled;
  const auto text = observe::traceparent_text(parent->trace_id, parent->span_id, is_sampled);
  require(observe::parse_traceparent(observe::view_of(text)) == expected);
  const auto b3 = observe::b3_text(parent->trace_id, parent->span_id, is_sampled);
  require(observe::parse_b3(observe::view_of(b3)) == expected);
}

// Lines are fields; the first letter says of which name.
http::Headers fields_of(std::string_view text) {
  constexpr std::string_view kNames[] = {"tracestate", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled",
                                         "x-b3-flags"};
  http::Headers fields;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    fields.add(kNames[static_cast<unsigned char>(line[0]) % std::size(kNames)], line.substr(1));
  }
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(observe::parse_traceparent(text));
  check(observe::parse_b3(text));

  const http::Headers fields = fields_of(text);
  check(observe::parse_b3_multi(fields));
  const std::string state = observe::tracestate_of(fields);
  require(state.size() <= observe::kTracestateBytesMax);
  http::Headers again;
  again.add("tracestate", state);
  require(observe::tracestate_of(again) == state);
  return 0;
}
