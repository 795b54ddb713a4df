#include "http/rules.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/framing.h"
#include "http/text.h"

namespace qp::http {

namespace {

constexpr bool is_tcp(Version version) {
  return version != Version::h3;
}

std::unexpected<Answer> answer(uint16_t status, const char* detail) {
  return std::unexpected(Answer{status, detail});
}

// The hops that are left, where the method counts them (§7.6.2); what is no number counts as not given.
std::optional<uint32_t> hops_left(const RequestHead& head) {
  if (head.method != "OPTIONS" && head.method != "TRACE") return std::nullopt;
  const std::string_view value = head.fields.find(Name::max_forwards).value_or("");
  uint32_t hops = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), hops);
  if (value.empty() || error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return hops;
}

std::expected<Target, Answer> parse_target(const RequestHead& head, Version version) {
  Target target;
  if (head.authority.empty()) {
    if (version != Version::h1_0) return answer(400, "request names no host");
  } else {
    auto authority = parse_authority(head.authority);
    if (!authority) return answer(400, authority.error().detail);
    target.authority = *std::move(authority);
  }
  if (head.path == "*" && head.method == "OPTIONS") {
    target.path = head.path;
    return target;
  }
  auto path = normalise_path(path_of(head.path));
  if (!path) return answer(400, path.error().detail);
  if (std::ranges::any_of(query_of(head.path),
                          [](char c) { return is_control(c) || c == ' ' || c == '#'; })) {
    return answer(400, "query has a character that is not allowed");
  }
  target.path = *std::move(path);
  return target;
}

// RFC 9110 §10.1.1: an HTTP/1.0 client can't have meant it.
bool has_expectation(const RequestHead& head, Version version) {
  return version != Version::h1_0 && head.fields.has(Name::expect);
}

}  // namespace

std::expected<Target, Answer> check_request(const RequestHead& head, const RequestFacts& facts,
                                            std::string_view pseudonym) {
  if (head.method == "CONNECT") return answer(501, "tunnels are not offered");
  if (head.method == "TRACE") return answer(501, "TRACE is not offered");
  if (head.scheme != "http" && head.scheme != "https") return answer(400, "scheme is neither http nor https");
  auto target = parse_target(head, facts.version);
  if (!target) return target;
  if (const auto length = content_length(head.fields, Origin::client); !length) {
    return answer(400, length.error().detail);
  }
  if (facts.is_early_data && !is_safe(head.method)) return answer(425, "method is not safe in early data");
  if (has_expectation(head, facts.version) && !expects_continue(head, facts.version)) {
    return answer(417, "expectation is not 100-continue");
  }
  if (hops_left(head) == 0U) return answer(200, "no hops left");
  if (count_via(head.fields, pseudonym) >= kViaHopsMax) return answer(508, "request goes in circles");
  return target;
}

void prepare_request(RequestHead& head, const RequestFacts& facts, const Client& client,
                     std::string_view pseudonym) {
  head.protocol.clear();  // an Upgrade that nobody takes up is a request like others (§7.8)
  if (const auto hops = hops_left(head)) head.fields.set(Name::max_forwards, std::to_string(*hops - 1));
  if (facts.version == Version::h1_0) head.fields.remove(Name::expect);
  set_forwarding_fields(head, client, facts.peer);
  if (facts.is_early_data) head.fields.set(Name::early_data, "1");
  append_via(head.fields, facts.version, pseudonym);
}

void prepare_response(ResponseHead& head, const ResponseFacts& facts) {
  head.fields.remove(Name::te);
  if (head.status == 204) head.fields.remove(Name::content_length);  // §8.6
  head.fields.remove(Name::alt_svc);                                 // it speaks of the backend's own ports
  if (is_tcp(facts.client) && !facts.alt_svc.empty()) head.fields.add(Name::alt_svc, facts.alt_svc);
  if (!head.fields.has(Name::date) && !facts.date.empty()) head.fields.add(Name::date, facts.date);
  append_via(head.fields, facts.received, facts.pseudonym);
}

bool prepare_interim(ResponseHead& head, const ResponseFacts& facts) {
  head.fields.remove(Name::te);
  head.fields.remove(Name::content_length);
  head.fields.remove(Name::alt_svc);
  return head.status != 101 && facts.client != Version::h1_0;
}

bool expects_continue(const RequestHead& head, Version version) {
  return has_expectation(head, version) && head.fields.count(Name::expect) == 1 &&
         equals_ignoring_case(head.fields.find(Name::expect).value_or(""), "100-continue");
}

bool covers(std::span<const std::string> certificate_names, std::string_view host) {
  return std::ranges::any_of(certificate_names, [host](std::string_view name) {
    if (equals_ignoring_case(name, host)) return true;
    if (!name.starts_with("*.")) return false;
    const size_t dot = host.find('.');  // the star stands for exactly one whole label
    return dot != 0 && dot != std::string_view::npos &&
           equals_ignoring_case(host.substr(dot), name.substr(1));
  });
}

bool is_misdirected(const Peer& peer, const Authority& asked) {
  if (!peer.is_encrypted || peer.server_name.empty() || asked.host.empty()) return false;
  return asked.host != peer.server_name && !covers(peer.certificate_names, asked.host);
}

}  // namespace qp::http
