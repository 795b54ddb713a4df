#include "admin/gate.h"

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "http/text.h"
#include "http/uri.h"

namespace qp::admin {

namespace {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "::1" || (host.starts_with("127.") && Address::parse(std::string(host), 0).has_value());
}

// "https://admin.example:8889" without its scheme.
std::string_view authority_of(std::string_view origin) {
  const size_t at = origin.find("://");
  return at == std::string_view::npos ? origin : origin.substr(at + 3);
}

// Takes as long whatever is wrong about it.
bool are_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

// A file of the page itself.
bool is_of_page(std::string_view path) {
  return path == "/control" || path.starts_with("/control/");
}

bool came_through_a_proxy(const http::Headers& fields) {
  return fields.has(http::Name::forwarded) || fields.has(http::Name::x_forwarded_for) ||
         fields.find("via").has_value();
}

}  // namespace

Gate::Gate(std::string token, std::string_view listen_host, std::vector<std::string> origins,
           std::vector<Network> trusted)
    : token_(std::move(token)), origins_(std::move(origins)), trusted_(std::move(trusted)) {
  if (!listen_host.empty()) {
    const bool is_ipv6 = listen_host.contains(':');
    hosts_.push_back(is_ipv6 ? "[" + std::string(listen_host) + "]" : std::string(listen_host));
  }
  for (const std::string& origin : origins_) {
    if (auto authority = http::parse_authority(authority_of(origin))) hosts_.push_back(authority->host);
  }
}

std::optional<Response> Gate::refuse(const Request& request) const {
  if (!names_us(request.host)) {
    return refusal(403, "wrong_host",
                   "Host has to name control.address, localhost, or a host of control.allowed_origins");
  }
  if (is_of_page(request.path)) return std::nullopt;
  return refuse_stranger(request);
}

bool Gate::names_us(std::string_view host) const {
  return is_loopback(host) || std::ranges::find(hosts_, host) != hosts_.end();
}

bool Gate::is_ours(std::string_view origin, const Request& request) const {
  if (std::ranges::find(origins_, origin) != origins_.end()) return true;
  return origin.starts_with("http") && http::equals_ignoring_case(authority_of(origin), request.authority);
}

// On this machine, or in a network that is as good.
bool Gate::is_near(const Request& request) const {
  if (came_through_a_proxy(request.fields)) return false;
  if (is_loopback(request.peer.address)) return true;
  const auto address = Address::parse(request.peer.address, 0);
  return address && std::ranges::any_of(trusted_, [&](const Network& one) { return one.contains(*address); });
}

std::optional<Response> Gate::refuse_stranger(const Request& request) const {
  const auto origin = request.fields.find("origin");
  if (origin && !is_ours(*origin, request)) {
    return refusal(403, "wrong_origin", "only pages of the control center itself may ask for this");
  }
  if (is_near(request)) return std::nullopt;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view given = request.fields.find("authorization").value_or("");
  const bool is_bearer =
      given.size() > kBearer.size() && http::equals_ignoring_case(given.substr(0, kBearer.size()), kBearer);
  if (!is_bearer) {
    Response response = refusal(401, "token_required", "send control.token as Authorization: Bearer TOKEN");
    response.fields.add("www-authenticate", "Bearer");
    return response;
  }
  if (are_equal(given.substr(kBearer.size()), token_)) return std::nullopt;
  Response response = refusal(401, "wrong_token", "this is not control.token");
  response.fields.add("www-authenticate", "Bearer error=\"invalid_token\"");
  return response;
}

}  // namespace qp::admin
