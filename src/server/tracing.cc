#include "server/tracing.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "observe/exchange_spans.h"
#include "observe/jaeger.h"
#include "observe/otlp.h"
#include "version.h"

namespace qp::server {

namespace {

constexpr SpanFormat kOtlp{.name = "otlp",
                           .default_path = "/v1/traces",
                           .content_type = observe::kOtlpContentType,
                           .encode = observe::encode_otlp};
constexpr SpanFormat kJaeger{.name = "jaeger",
                             .default_path = "/api/traces",
                             .content_type = observe::kJaegerContentType,
                             .encode = observe::encode_jaeger};

}  // namespace

Started<std::vector<SpanExporter::Collector>> make_collectors(const config::Tracing& tracing) {
  std::vector<SpanExporter::Collector> collectors;
  if (!tracing.enabled) return collectors;
  const std::pair<const SpanFormat*, const std::optional<config::Url>*> endpoints[] = {
      {&kOtlp, &tracing.otlp_endpoint}, {&kJaeger, &tracing.jaeger_endpoint}};
  for (const auto& [format, url] : endpoints) {
    if (!*url) continue;
    config::Backend config;
    config.name = format->name;
    config.url = **url;
    config.url.path.clear();
    config.tls = tracing.tls;
    auto backend = make_backend(config, 0, {});
    if (!backend) return std::unexpected("telemetry.tracing: " + backend.error());
    SpanExporter::Collector& one = collectors.emplace_back(*format, std::move(*backend));
    one.path = (*url)->path.empty() ? format->default_path : std::string_view((*url)->path);
    for (const config::HeaderField& field : tracing.headers)
      one.fields.add(field.name, field.value);
    one.limits = {.queue_spans_max = tracing.queue_spans_max,
                  .batch_spans_max = tracing.batch_spans_max,
                  .batch_delay = tracing.batch_delay};
    one.timeout = tracing.timeout;
  }
  return collectors;
}

observe::SpanSource span_source(const config::Server& server) {
  std::array<char, 256> host{};
  observe::SpanSource source{.service_name = server.name, .version = std::string(kVersion), .attributes = {}};
  if (gethostname(host.data(), host.size() - 1) == 0) {
    source.attributes.push_back({"host.name", std::string(host.data())});
    source.attributes.push_back({"service.instance.id", fmt::format("{}:{}", host.data(), getpid())});
  }
  source.attributes.push_back({"process.pid", int64_t{getpid()}});
  source.attributes.push_back({"process.executable.name", std::string("quic-proxy")});
  return source;
}

Tracing::Tracing(const Parts& parts, observe::SpanSource source,
                 std::vector<SpanExporter::Collector> collectors)
    : source_(std::move(source)) {
  for (SpanExporter::Collector& collector : collectors) {
    exporters_.push_back(std::make_unique<SpanExporter>(
        SpanExporter::Parts{parts.reactor, parts.pools, parts.log, source_}, std::move(collector)));
  }
}

void Tracing::take() {
  spans_.clear();
  const auto keep = [this](const observe::ExchangeRecord& record) { observe::append_spans(record, spans_); };
  for (observe::TraceRing* ring : rings_) {
    while (ring->take(keep)) {
    }
  }
  for (const auto& exporter : exporters_)
    exporter->add(spans_);
}

void Tracing::hurry() {
  take();
  for (const auto& exporter : exporters_)
    exporter->hurry();
}

bool Tracing::is_idle() const {
  return std::ranges::all_of(exporters_, [](const auto& exporter) { return exporter->queue().is_empty(); });
}

bool Tracing::is_dirty() const {
  return std::ranges::any_of(exporters_, [](const auto& exporter) { return exporter->is_dirty(); });
}

void Tracing::advance() {
  for (const auto& exporter : exporters_)
    exporter->advance();
}

void Tracing::close() {
  exporters_.clear();
}

uint64_t Tracing::dropped_requests() const {
  uint64_t dropped = 0;
  for (const observe::TraceRing* ring : rings_)
    dropped += ring->dropped();
  return dropped;
}

}  // namespace qp::server
