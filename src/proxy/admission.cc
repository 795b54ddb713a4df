#include "proxy/admission.h"

#include <utility>

namespace qp::proxy {

std::optional<Refusal> check(Request& request, const http::RequestFacts& facts,
                             const config::Server& server) {
  auto target = http::check_request(*request.head, facts, server.name);
  if (!target) {
    const auto& [status, detail] = target.error();
    return Refusal{.status = status,
                   .proxy_error = status >= 400 ? std::string_view("http_request_error") : std::string_view(),
                   .details = detail};
  }
  request.target = std::move(*target);
  request.client = http::client_of(request.head->fields, facts.peer, server.trusted_proxies);
  if (!http::is_misdirected(facts.peer, request.target.authority)) return std::nullopt;
  return Refusal{.status = 421,
                 .proxy_error = "http_request_error",
                 .details = "the certificate shown does not stand for this host"};
}

std::expected<size_t, Refusal> find_route(const Request& request, const Snapshot& snapshot) {
  const route::Found found = snapshot.table.find(request.target, request.head->method);
  switch (found.outcome) {
    case route::Outcome::found: return found.route;
    case route::Outcome::not_found:
      return std::unexpected(Refusal{.status = 404, .proxy_error = "destination_not_found"});
    case route::Outcome::method_not_allowed: break;
  }
  return std::unexpected(Refusal{.status = 405, .allow = found.allow});
}

}  // namespace qp::proxy
