#include "upstream/health_probe.h"

#include <utility>

namespace qp::upstream {

void HealthProbe::begin(TimePoint deadline) {
  const config::HealthCheck& check = pool_.backend().config.health_check;
  std::optional<Call::Request> request;
  if (check.type != config::HealthCheckType::tcp) {
    http::RequestHead& head = request.emplace().head;
    head.method = "GET";
    head.path = check.path;
    head.fields.add(http::Name::user_agent, "quic-proxy health check");
    head.fields.add(http::Name::accept, "*/*");
  }
  call_.begin(std::move(request), Reuse::never, deadline);
}

std::optional<HealthProbe::Result> HealthProbe::advance() {
  const std::optional<Call::Result> answer = call_.advance();
  if (!answer) return {};
  Result result{.has_passed = false, .status = 0, .reason = answer->failure ? answer->failure->detail : ""};
  if (answer->response) result.status = answer->response->status;
  if (answer->response && (result.status < 200 || result.status > 299)) {
    result.reason = "the status is not from 200 to 299";
  }
  result.has_passed = *result.reason == '\0';
  return result;
}

}  // namespace qp::upstream
