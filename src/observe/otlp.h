// Spans in the words of OTLP: one ExportTraceServiceRequest in protobuf, as POST /v1/traces takes it
// (https://opentelemetry.io/docs/specs/otlp/).
#pragma once
#include <span>
#include <string>

#include "observe/span.h"

namespace qp::observe {

constexpr std::string_view kOtlpContentType = "application/x-protobuf";

std::string encode_otlp(const SpanSource& source, std::span<const Span> spans);

}  // namespace qp::observe
