#include "http/forwarding.h"

#include <algorithm>
#include <optional>

#include "http/text.h"

namespace qp::http {

namespace {

bool is_trusted(const Address& address, std::span<const Network> trusted) {
  return std::ranges::any_of(trusted,
                             [&address](const Network& network) { return network.contains(address); });
}

// An address as forwarding fields write it: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<Address> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    text = text.substr(0, text.find(']'));
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  if (text.empty()) return std::nullopt;
  const auto address = Address::parse(text, 0);
  return address ? std::optional(*address) : std::nullopt;
}

// Takes the last element off a comma-separated list.
std::string_view take_last_element(std::string_view& list) {
  const size_t comma = list.rfind(',');
  const std::string_view element = trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  return element;
}

// Walks X-Forwarded-For from right to left, away from us, as long as those who wrote it are trusted.
std::string first_untrusted(const Headers& fields, Address nearest, std::span<const Network> trusted) {
  for (size_t i = fields.size(); i-- > 0;) {
    if (fields[i].id != Name::x_forwarded_for) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      const auto address = parse_node(take_last_element(list));
      if (!address) return nearest.ip_text();
      nearest = *address;
      if (!is_trusted(nearest, trusted)) return nearest.ip_text();
    }
  }
  return nearest.ip_text();
}

std::string_view scheme_of(const Peer& peer) {
  return peer.is_encrypted ? "https" : "http";
}

// All values of a list field in one, and `element` after them.
void append_element(Headers& fields, Name name, std::string_view element) {
  std::string list;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id == name && !fields[i].value.empty()) list.append(fields[i].value).append(", ");
  }
  list.append(element);
  fields.set(name, list);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// RFC 7239 §4: a value that is no token stands in quotes, §6: IPv6 in brackets.
std::string forwarded_element(const RequestHead& head, const Peer& peer) {
  std::string out = "for=";
  if (peer.address.contains(':')) {
    out.append("\"[").append(peer.address).append("]\"");
  } else {
    out.append(peer.address);
  }
  if (!head.authority.empty()) {
    out.append(";host=");
    is_token(head.authority) ? void(out.append(head.authority)) : append_quoted(out, head.authority);
  }
  return out.append(";proto=").append(scheme_of(peer));
}

void set_if_missing(Headers& fields, Name name, std::string_view value) {
  if (!fields.has(name)) fields.add(name, value);
}

std::string_view protocol_of(Version version) {
  switch (version) {
    case Version::h1_0: return "1.0";
    case Version::h1_1: return "1.1";
    case Version::h2: return "2";
    case Version::h3: return "3";
  }
  return "";
}

}  // namespace

bool is_forwarding_field(std::string_view name) {
  constexpr std::string_view kFamily = "x-forwarded-";
  const auto as_dash = [](char c) { return c == '_' ? '-' : c; };
  const auto is = [&](std::string_view text, std::string_view wanted) {
    return std::ranges::equal(text, wanted, {}, as_dash);
  };
  if (name.empty()) return false;
  switch (name.front()) {
    case 'e': return is(name, text_of(Name::early_data));
    case 'f': return name == text_of(Name::forwarded);
    case 'x': return is(name.substr(0, kFamily.size()), kFamily) || is(name, text_of(Name::x_real_ip));
    default: return false;
  }
}

Client client_of(const Headers& fields, const Peer& peer, std::span<const Network> trusted) {
  Client client{.address = peer.address, .scheme = scheme_of(peer), .is_behind_trusted = false};
  if (trusted.empty()) return client;
  const auto address = parse_node(peer.address);
  if (!address || !is_trusted(*address, trusted)) return client;

  client.is_behind_trusted = true;
  client.address = first_untrusted(fields, *address, trusted);
  const std::string_view said = fields.find(Name::x_forwarded_proto).value_or("");
  if (equals_ignoring_case(said, "https")) client.scheme = "https";
  if (equals_ignoring_case(said, "http")) client.scheme = "http";
  return client;
}

void set_forwarding_fields(RequestHead& head, const Client& client, const Peer& peer) {
  Headers& fields = head.fields;
  if (!client.is_behind_trusted) {
    fields.remove_if([](const Field& field) { return is_forwarding_field(field.name); });
  }
  append_element(fields, Name::x_forwarded_for, peer.address);
  append_element(fields, Name::forwarded, forwarded_element(head, peer));
  set_if_missing(fields, Name::x_forwarded_proto, scheme_of(peer));
  if (!head.authority.empty()) set_if_missing(fields, Name::x_forwarded_host, head.authority);
  fields.set(Name::x_real_ip, client.address);
}

void append_via(Headers& fields, Version received, std::string_view pseudonym) {
  append_element(fields, Name::via, std::string(protocol_of(received)).append(" ").append(pseudonym));
}

size_t count_via(const Headers& fields, std::string_view pseudonym) {
  size_t count = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != Name::via) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      std::string_view element = take_element(list);
      element.remove_prefix(std::min(element.size(), element.find(' ')));
      element = trimmed(element);
      if (element.substr(0, element.find(' ')) == pseudonym) ++count;
    }
  }
  return count;
}

}  // namespace qp::http
