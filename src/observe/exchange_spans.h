// The spans that a finished exchange was: one of kind server for the request, and as its children one of kind
// client for each attempt at a backend. Names and attributes are those of OpenTelemetry's semantic
// conventions for HTTP (docs/tracing.md lists them).
#pragma once
#include <vector>

#include "observe/exchange_record.h"
#include "observe/span.h"

namespace qp::observe {

constexpr size_t kSpanTextBytesMax = 1024;  // of one text; the rest is cut off

// Appends to `spans`. The record has a trace context.
void append_spans(const ExchangeRecord& record, std::vector<Span>& spans);

}  // namespace qp::observe
