// Spans in the words of Jaeger: one Batch in Thrift's binary protocol, as its collector takes it on POST
// /api/traces. What Jaeger has no field for becomes a tag, as OpenTelemetry's rules for Jaeger say.
#pragma once
#include <span>
#include <string>

#include "observe/span.h"

namespace qp::observe {

constexpr std::string_view kJaegerContentType = "application/vnd.apache.thrift.binary";

std::string encode_jaeger(const SpanSource& source, std::span<const Span> spans);

}  // namespace qp::observe
