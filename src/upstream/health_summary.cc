#include "upstream/health_summary.h"

#include <algorithm>

#include "base/json.h"
#include "base/timestamp.h"

namespace qp::upstream {

std::string_view HealthSummary::status() const {
  if (healthy_backends == 0) return "unhealthy";
  return healthy_backends < total_backends ? "degraded" : "healthy";
}

std::string HealthSummary::to_json(WallTime now) const {
  constexpr size_t kUpToSeconds = std::string_view("2025-11-02T12:00:00").size();
  Timestamp timestamp;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("status", status());
  json.field("healthy_backends", healthy_backends);
  json.field("total_backends", total_backends);
  json.field("timestamp", std::string(timestamp.rfc3339(now).substr(0, kUpToSeconds)) + "Z");
  json.end_object();
  text += '\n';
  return text;
}

HealthSummary summarise(std::span<const std::shared_ptr<Backend>> backends) {
  const auto healthy =
      std::ranges::count_if(backends, [](const auto& backend) { return backend->may_be_chosen(); });
  return {.healthy_backends = static_cast<size_t>(healthy), .total_backends = backends.size()};
}

}  // namespace qp::upstream
