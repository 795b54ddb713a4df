#include "admin/health_pages.h"

#include <utility>

namespace qp::admin {

namespace {

Response word(uint16_t status, const char* text) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = text, .fields = {}};
}

}  // namespace

void add_health_pages(Resources& resources, HealthSources sources) {
  resources.add("GET", "/healthz", [](const Request&) { return word(200, "ok\n"); });
  resources.add("GET", "/readyz", [is_ready = std::move(sources.is_ready)](const Request&) {
    return is_ready() ? word(200, "ready\n") : word(503, "draining\n");
  });
  resources.add("GET", "/health",
                [summary = std::move(sources.summary), now = std::move(sources.now)](const Request&) {
                  const upstream::HealthSummary health = summary();
                  return Response{.status = health.http_status(), .body = health.to_json(now())};
                });
}

}  // namespace qp::admin
