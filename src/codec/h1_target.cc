#include "codec/h1_target.h"

#include <algorithm>
#include <optional>
#include <string>

#include "codec/h1_syntax.h"
#include "http/text.h"

namespace qp::codec::h1 {

namespace {

using http::Name;

Parsed<> check_authority(std::string_view authority) {
  if (authority.empty()) return malformed("an empty host");
  if (!is_all(authority, kAuthority)) return malformed("the host can't be read");
  return {};
}

// The value of Host; none only in HTTP/1.0 (RFC 9112 §3.2).
Parsed<std::optional<std::string>> take_host(ParsedRequest& request) {
  http::Headers& fields = request.head.fields;
  const auto value = fields.find(Name::host);
  if (!value) {
    if (request.version == http::Version::h1_0) return std::nullopt;
    return malformed("the Host field is missing");
  }
  std::string host(*value);
  if (fields.remove(Name::host) > 1) return malformed("more than one Host field");
  if (auto checked = check_authority(host); !checked) return std::unexpected(checked.error());
  return host;
}

std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

bool is_same_authority(std::string_view one, std::string_view other, std::string_view scheme) {
  return http::equals_ignoring_case(without_default_port(one, scheme), without_default_port(other, scheme));
}

// "http://authority[/path][?query]"
Parsed<> resolve_absolute_form(http::RequestHead& head, std::string_view target) {
  const size_t scheme_bytes = target.find("://");
  if (scheme_bytes == std::string_view::npos)
    return malformed("the form of the request target doesn't fit the method");
  const std::string_view scheme = target.substr(0, scheme_bytes);
  const bool is_https = http::equals_ignoring_case(scheme, "https");
  if (!is_https && !http::equals_ignoring_case(scheme, "http"))
    return malformed("the scheme is neither http nor https");
  // RFC 9110 §7.4: what is meant to be protected can't have come in the clear.
  if (is_https && head.scheme != "https")
    return refuse(421, "https was asked for on a connection in the clear");
  head.scheme = is_https ? "https" : "http";
  target.remove_prefix(scheme_bytes + 3);

  const size_t authority_bytes = std::min(target.find_first_of("/?"), target.size());
  head.authority = target.substr(0, authority_bytes);
  if (auto checked = check_authority(head.authority); !checked) return checked;
  target.remove_prefix(authority_bytes);
  if (target.empty() && head.method == "OPTIONS") {
    head.path = "*";  // RFC 9112 §3.2.4
  } else {
    head.path = target.starts_with('/') ? "" : "/";
    head.path += target;
  }
  return {};
}

}  // namespace

Parsed<> resolve_target(ParsedRequest& request, std::string_view connection_scheme) {
  http::RequestHead& head = request.head;
  const std::string_view target = request.target;
  Parsed<std::optional<std::string>> host = take_host(request);
  if (!host) return std::unexpected(host.error());
  head.scheme = connection_scheme;

  if (head.method == "CONNECT") {
    if (auto checked = check_authority(target); !checked) return checked;
    if (target.find(':') == std::string_view::npos) return malformed("CONNECT needs a host and a port");
    head.authority = target;
  } else if (target.front() == '/') {
    head.path = target;
  } else if (target == "*" && head.method == "OPTIONS") {
    head.path = target;
  } else if (auto resolved = resolve_absolute_form(head, target); !resolved) {
    return resolved;
  }

  if (!host->has_value()) return {};
  if (head.authority.empty()) {
    head.authority = std::move(**host);
  } else if (!is_same_authority(head.authority, **host, head.scheme)) {
    return malformed("the Host field and the request target disagree");
  }
  return {};
}

}  // namespace qp::codec::h1
