#include "proxy/affinity.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "http/cookie.h"

namespace qp::proxy {

namespace {

std::string_view key_text(const config::HashOn& hash_on, const http::RequestHead& head,
                          const http::Target& target, const http::Client& client) {
  std::string_view text;
  if (hash_on.header == "host") {
    text = target.authority.host;
  } else if (!hash_on.header.empty()) {
    text = head.fields.find(hash_on.header).value_or("");
  } else if (!hash_on.cookie.empty()) {
    text = http::find_cookie(head.fields, hash_on.cookie).value_or("");
  }
  return text.empty() ? std::string_view(client.address) : text;
}

// 16 hexadecimal digits; whatever else a client sends is no token.
uint64_t parse_token(std::string_view text) {
  uint64_t token = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token, 16);
  const bool is_whole = error == std::errc() && end == text.data() + text.size() && text.size() == 16;
  return is_whole ? token : 0;
}

std::string_view text_of(config::SameSite same_site) {
  switch (same_site) {
    case config::SameSite::lax: return "Lax";
    case config::SameSite::strict: return "Strict";
    case config::SameSite::none: return "None";
  }
  return "";
}

}  // namespace

Affinity affinity_of(const config::LoadBalancer& balancer, const http::RequestHead& head,
                     const http::Target& target, const http::Client& client) {
  Affinity affinity;
  const bool hashes =
      balancer.algorithm == config::Algorithm::ring_hash || balancer.algorithm == config::Algorithm::maglev;
  if (hashes) affinity.key = hash_of(key_text(balancer.hash_on, head, target, client));
  if (balancer.sticky.enabled) {
    affinity.token = parse_token(http::find_cookie(head.fields, balancer.sticky.name).value_or(""));
  }
  return affinity;
}

void add_sticky_cookie(const config::Sticky& sticky, uint64_t token, http::ResponseHead& head) {
  std::string cookie = fmt::format("{}={:016x}; Path={}", sticky.name, token, sticky.path);
  if (sticky.ttl != config::kOff) {
    fmt::format_to(std::back_inserter(cookie), "; Max-Age={}", sticky.ttl / std::chrono::seconds(1));
  }
  if (sticky.secure) cookie += "; Secure";
  if (sticky.http_only) cookie += "; HttpOnly";
  fmt::format_to(std::back_inserter(cookie), "; SameSite={}", text_of(sticky.same_site));
  head.fields.add("set-cookie", cookie);
}

}  // namespace qp::proxy
