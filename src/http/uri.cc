#include "http/uri.h"

#include <charconv>

#include "base/address.h"
#include "http/text.h"

namespace qp::http {

namespace {

constexpr size_t kHostBytesMax = 253;  // RFC 1035 §2.3.4, as text

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::malformed, Origin::client, detail);
}

constexpr bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-._~").contains(c);
}

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return uint16_t{0};  // "host:" is the default port (RFC 3986 §3.2.3)
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    return malformed("port is not a number");
  return port;
}

// A v4-mapped address becomes the v4 one that it stands for.
Result<std::string> parse_literal(std::string_view text) {
  const auto address = Address::parse(text, 0);
  if (text.empty() || !address || !address->is_v6()) return malformed("host in brackets is no IPv6 address");
  std::string host = address->ip_text();
  return host.contains(':') ? "[" + host + "]" : host;
}

Result<std::string> parse_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kHostBytesMax) return malformed("host is empty or too long");
  if (text.starts_with('.') || text.contains("..") || text.ends_with('.'))
    return malformed("host has an empty label");
  // RFC 3986 §3.2.2 allows more, but no name that DNS and TLS know has it.
  if (!std::ranges::all_of(text, is_unreserved)) return malformed("host has a character that is not allowed");
  std::string host(text);
  make_lower(host);
  return host;
}

// The byte that the escape at the front of `text` stands for.
Result<char> unescape(std::string_view text) {
  const int high = text.size() > 1 ? hex_value(text[1]) : -1;
  const int low = text.size() > 2 ? hex_value(text[2]) : -1;
  if (high < 0 || low < 0) return malformed("path has a broken percent escape");
  if (high == 0 && low == 0) return malformed("path has an escaped NUL");
  return static_cast<char>(high * 16 + low);
}

// The path with one spelling for each of its characters.
Result<std::string> with_plain_escapes(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (is_control(c) || c == ' ' || c == '\\' || c == '#')
      return malformed("path has a character that is not allowed");
    if (c != '%') {
      out += c;
      continue;
    }
    const auto byte = unescape(path.substr(i));
    if (!byte) return std::unexpected(byte.error());
    if (is_unreserved(*byte)) {
      out += *byte;
    } else {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto value = static_cast<unsigned char>(*byte);
      out += {'%', kHex[value >> 4U], kHex[value & 15U]};
    }
    i += 2;
  }
  return out;
}

// RFC 3986 §5.2.4, in place: `written` runs behind what is read.
Result<> remove_dot_segments(std::string& path) {
  size_t written = 0;
  for (size_t read = 0; read < path.size();) {
    const size_t end = std::min(path.find('/', read + 1), path.size());
    const std::string_view segment = std::string_view(path).substr(read + 1, end - read - 1);
    const bool is_last = end == path.size();
    if (segment == "..") {
      if (written == 0) return malformed("path leads above the root");
      written = path.rfind('/', written - 1);
    }
    if (segment == "." || segment == "..") {
      if (is_last) path[written++] = '/';
    } else {
      while (read < end)
        path[written++] = path[read++];
    }
    read = end;
  }
  path.resize(written);
  return {};
}

}  // namespace

Result<Authority> parse_authority(std::string_view text) {
  std::string_view port;
  Result<std::string> host = std::string();
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return malformed("host has no closing bracket");
    host = parse_literal(text.substr(1, close - 1));
    port = text.substr(close + 1);
  } else {
    const size_t colon = text.find(':');
    host = parse_name(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (!host) return std::unexpected(host.error());
  if (port.empty()) return Authority{*std::move(host), 0};
  if (port[0] != ':') return malformed("host is followed by something that is no port");
  const auto number = parse_port(port.substr(1));
  if (!number) return std::unexpected(number.error());
  return Authority{*std::move(host), *number};
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark);
}

Result<std::string> normalise_path(std::string_view path) {
  if (!path.starts_with('/')) return malformed("path does not begin with a slash");
  auto out = with_plain_escapes(path);
  if (!out) return out;
  if (auto removed = remove_dot_segments(*out); !removed) return std::unexpected(removed.error());
  return out;
}

}  // namespace qp::http
