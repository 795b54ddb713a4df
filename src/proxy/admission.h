// Whether a request is taken, and by which route; what isn't is answered by ourselves.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/rules.h"
#include "proxy/request.h"
#include "proxy/snapshot.h"

namespace qp::proxy {

struct Refusal {
  uint16_t status = 400;
  std::string_view proxy_error{};  // RFC 9209 §2.3; empty: the answer says nothing of errors
  std::string_view details{};      // for operators
  std::string allow{};             // with 405
};

// What does not depend on a route. Without a refusal the request knows its target and its client.
std::optional<Refusal> check(Request& request, const http::RequestFacts& facts, const config::Server& server);

// A place in Snapshot::routes.
std::expected<size_t, Refusal> find_route(const Request& request, const Snapshot& snapshot);

}  // namespace qp::proxy
