#include "config/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/address.h"

namespace qp::config {

namespace {

constexpr std::size_t kHostBytesMax = 253;  // RFC 1035 §2.3.4, as text
constexpr std::size_t kLabelBytesMax = 63;
constexpr unsigned kMappedBits =
    96;  // of the prefix that makes an IPv4 address an IPv6 one, RFC 4291 §2.5.5.2

enum class Family { none, v4, v6 };

Family family_of(std::string_view ip) {
  if (ip.empty()) return Family::none;
  const auto address = Address::parse(ip, 0);
  if (!address) return Family::none;
  return address->is_v6() ? Family::v6 : Family::v4;
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_count(text);
  if (!number || *number > 65535) return std::unexpected(fmt::format("\"{}\" is not a port number", text));
  return static_cast<std::uint16_t>(*number);
}

struct HostAndPort {
  std::string host;  // without brackets; may be empty
  std::string_view port;
  bool has_port = false;
};

/// Splits "host:port" and "[v6]:port"; either half may be missing.
Parsed<HostAndPort> split(std::string_view text) {
  HostAndPort out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos)
      return std::unexpected(fmt::format("\"{}\" has no closing \"]\"", text));
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (family_of(out.host) != Family::v6)
      return std::unexpected(fmt::format("\"{}\" is not an IPv6 address", out.host));
    if (!rest.empty() && rest[0] != ':') {
      return std::unexpected(fmt::format("\"{}\" has \"{}\" after the brackets", text, rest));
    }
  } else {
    if (std::ranges::count(text, ':') > 1) {
      return std::unexpected(
          fmt::format("\"{}\" has several colons; an IPv6 address stands in brackets", text));
    }
    const std::size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
    if (!out.host.empty()) {
      auto host = parse_host(out.host);
      if (!host) return std::unexpected(host.error());
      out.host = *std::move(host);
    }
  }
  out.has_port = !rest.empty();
  if (out.has_port) out.port = rest.substr(1);
  return out;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// Is any bit behind the prefix set?
bool has_host_bits(const Network& network) {
  for (unsigned bit = network.prefix_bits; bit < 128; ++bit) {
    if ((network.address[bit / 8] >> (7U - bit % 8U) & 1U) != 0) return true;
  }
  return false;
}

}  // namespace

Parsed<std::string> parse_host(std::string_view text) {
  const auto bad = [text] { return std::unexpected(fmt::format("\"{}\" is not a host name", text)); };
  if (text.empty() || text.size() > kHostBytesMax) return bad();
  std::string out;
  std::size_t label_bytes = 0;
  for (const char c : text) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    if (!good || (c == '.' && label_bytes == 0)) return bad();
    label_bytes = c == '.' ? 0 : label_bytes + 1;
    if (label_bytes > kLabelBytesMax) return bad();
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const bool numeric = out.find_first_not_of("0123456789.") == std::string::npos;
  if (numeric && family_of(out) != Family::v4)
    return std::unexpected(fmt::format("\"{}\" is not an IPv4 address", text));
  return out;
}

Parsed<ListenAddress> parse_address(std::string_view text) {
  if (text.find("://") != std::string_view::npos)
    return std::unexpected(fmt::format("\"{}\" is a URL", text));
  if (parse_count(text)) return std::unexpected(fmt::format("\"{}\" has no colon before the port", text));
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  if (!parts->has_port) return std::unexpected(fmt::format("\"{}\" has no port", text));
  const auto port = parse_port(parts->port);
  if (!port) return std::unexpected(port.error());
  return ListenAddress{.host = parts->host, .port = *port};
}

std::string print_address(const ListenAddress& address) {
  return fmt::format("{}:{}", bracketed(address.host), address.port);
}

Parsed<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view ip = text.substr(0, slash);
  const Family family = family_of(ip);
  if (family == Family::none) return std::unexpected(fmt::format("\"{}\" is not an IP address", ip));

  Network network{.address = mapped_bytes(*Address::parse(ip, 0)), .prefix_bits = 128};
  if (slash != std::string_view::npos) {
    const unsigned bits_max = family == Family::v4 ? 128 - kMappedBits : 128;
    const auto bits = parse_count(text.substr(slash + 1));
    if (!bits || *bits > bits_max) {
      return std::unexpected(
          fmt::format("\"{}\" is not a prefix length from 0 to {}", text.substr(slash + 1), bits_max));
    }
    network.prefix_bits = static_cast<std::uint8_t>(128 - bits_max + *bits);
  }
  if (has_host_bits(network))
    return std::unexpected(fmt::format("\"{}\" has bits set behind the prefix", text));
  return network;
}

std::string print_network(const Network& network) {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  std::ranges::copy(network.address, std::begin(raw.sin6_addr.s6_addr));
  const Address address(reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
  const bool v4 = network.prefix_bits >= kMappedBits && !address.unmapped().is_v6();
  return fmt::format("{}/{}", address.ip_text(), network.prefix_bits - (v4 ? kMappedBits : 0));
}

std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::https ? 443 : 80;
}

Parsed<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    url.scheme = Scheme::https;
    rest.remove_prefix(8);
  } else {
    return std::unexpected(fmt::format("\"{}\" does not begin with http:// or https://", text));
  }
  for (const char c : rest) {
    if (c <= ' ' || c == 0x7F)
      return std::unexpected(fmt::format("\"{}\" has a blank or control character", text));
  }
  if (const std::size_t at = rest.find_first_of("?#"); at != std::string_view::npos) {
    return std::unexpected(fmt::format("\"{}\" has a query or fragment", text));
  }
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return std::unexpected(std::string("the URL holds a user name or password"));
  }
  const auto parts = split(authority);
  if (!parts) return std::unexpected(parts.error());
  if (parts->host.empty()) return std::unexpected(fmt::format("\"{}\" has no host", text));
  url.host = parts->host;
  url.port = default_port(url.scheme);
  if (parts->has_port) {
    const auto port = parse_port(parts->port);
    if (!port) return std::unexpected(port.error());
    if (*port == 0) return std::unexpected(fmt::format("\"{}\" has port 0", text));
    url.port = *port;
  }
  if (slash != std::string_view::npos) url.path = rest.substr(slash);
  while (url.path.ends_with('/'))
    url.path.pop_back();
  return url;
}

std::string print_url(const Url& url) {
  const std::string_view scheme = url.scheme == Scheme::https ? "https" : "http";
  const std::string port = url.port == default_port(url.scheme) ? "" : fmt::format(":{}", url.port);
  return fmt::format("{}://{}{}{}", scheme, bracketed(url.host), port, url.path);
}

}  // namespace qp::config
