#include "admin/docker_answer.h"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace qp::admin {

namespace {

std::string place_of(const config::Docker& engine) {
  if (!engine.url) return engine.socket;
  return fmt::format("{}:{}", engine.url->host, engine.url->port);
}

std::string why_unheard(const Error& error, const std::string& place) {
  switch (error.code) {
    case ErrorCode::unreachable: return fmt::format("{} cannot be reached: {}", place, error.detail);
    case ErrorCode::refused: return fmt::format("nobody listens at {}; is Docker running?", place);
    case ErrorCode::permission:
      return fmt::format("the proxy may not open {}; its user needs the group of the socket", place);
    case ErrorCode::timed_out:
      return fmt::format("Docker has not answered at {} in time; it may still do what it was asked for",
                         place);
    case ErrorCode::closed:
    case ErrorCode::reset:
    case ErrorCode::would_block:
    case ErrorCode::malformed:
    case ErrorCode::too_large:
    case ErrorCode::unsupported:
    case ErrorCode::address_in_use:
    case ErrorCode::tls:
    case ErrorCode::exhausted:
    case ErrorCode::internal:
      return fmt::format("no answer of Docker's came from {}: {}", place, error.detail);
  }
  std::unreachable();
}

// Empty where the body is of another form: a proxy of the socket, for one, answers as it likes.
std::string reason_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("message") || !json["message"].is_string()) return "";
  std::string reason;
  append_utf8(reason, json["message"].get_ref<const std::string&>(), kDockerReasonBytesMax);
  return reason;
}

}  // namespace

std::optional<std::string> docker_error(const upstream::Call::Result& answer, const config::Docker& engine) {
  if (answer.failure) return why_unheard(*answer.failure, place_of(engine));
  const uint16_t status = answer.response->status;
  if ((status >= 200 && status < 300) || status == 304) return std::nullopt;
  const std::string reason = reason_in(answer.body);
  if (reason.empty()) return fmt::format("Docker answers {} and gives no reason", status);
  return fmt::format("Docker answers {}: {}", status, reason);
}

}  // namespace qp::admin
