#include "server/span_exporter.h"

#include <charconv>
#include <optional>
#include <utility>

namespace qp::server {

namespace {

using std::chrono::seconds;

// As many seconds as it says; a date is not looked at (RFC 9110 §10.2.3).
std::optional<Duration> retry_after(const http::ResponseHead& response) {
  const std::string_view text = response.fields.find(http::Name::retry_after).value_or("");
  uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds(count);
}

// Those that OTLP means to be repeated (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response).
bool is_worth_repeating(uint16_t status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

SpanExporter::SpanExporter(const Parts& parts, Collector collector)
    : parts_(parts),
      collector_(std::move(collector)),
      queue_(collector_.limits, parts_.reactor.random),
      pool_(parts_.pools.acquire(collector_.backend)),
      call_(*this, pool_, parts_.reactor) {}

SpanExporter::~SpanExporter() {
  parts_.reactor.timers.disarm(*this);
  parts_.pools.release(pool_);
}

void SpanExporter::add(std::span<const observe::Span> spans) {
  for (const observe::Span& span : spans)
    queue_.add(span, parts_.reactor.turn.now);
  if (!spans.empty()) is_dirty_ = true;
}

void SpanExporter::hurry() {
  queue_.hurry();
  is_dirty_ = true;
}

void SpanExporter::advance() {
  if (!std::exchange(is_dirty_, false)) return;
  if (const auto result = call_.advance()) conclude(*result);
  if (!call_.is_under_way()) {
    const auto batch = queue_.next_batch(parts_.reactor.turn.now);
    if (!batch.empty()) send(batch);
  }
  parts_.reactor.timers.arm(*this, call_.is_under_way() ? call_.deadline() : queue_.next_at());
}

void SpanExporter::send(std::span<const observe::Span> batch) {
  upstream::Call::Request request;
  request.head.method = "POST";
  request.head.path = collector_.path;
  request.head.fields = collector_.fields;
  request.head.fields.set(http::Name::content_type, collector_.format.content_type);
  request.head.fields.set(http::Name::user_agent, "quic-proxy/" + parts_.source.version);
  request.body = collector_.format.encode(parts_.source, batch);
  call_.begin(std::move(request), upstream::Reuse::allowed, parts_.reactor.turn.now + collector_.timeout);
  is_dirty_ = true;  // it may have failed at once: nobody tells of that
}

void SpanExporter::conclude(const upstream::Call::Result& result) {
  if (result.failure) {
    queue_.failed(parts_.reactor.turn.now);
    return tell_of_failure(result.failure->detail, 0);
  }
  const uint16_t status = result.response->status;
  if (status >= 200 && status < 300) {
    queue_.succeeded();
    if (std::exchange(is_failing_, false))
      parts_.log.info("Spans are exported again").field("collector", name());
    return;
  }
  if (is_worth_repeating(status)) {
    queue_.failed(parts_.reactor.turn.now, retry_after(*result.response));
  } else {
    queue_.refused();
  }
  tell_of_failure("the collector does not take them", status);
}

// Once, until it works again: a dead collector must not fill the log.
void SpanExporter::tell_of_failure(std::string_view reason, uint16_t status) {
  if (std::exchange(is_failing_, true)) return;
  const config::Url& url = collector_.backend->config.url;
  LogLine line = parts_.log.warn("Spans cannot be exported");
  line.field("collector", name()).field("host", url.host).field("port", url.port);
  if (status != 0) line.field("status", status);
  line.field("reason", reason);
}

}  // namespace qp::server
