#include "config/syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/access_template.h"
#include "base/hex.h"
#include "config/address.h"
#include "config/spelling.h"

namespace qp::config {

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kContainerBytesMax = 255;
constexpr std::size_t kPathBytesMax = 1024;
constexpr std::size_t kSocketPathBytesMax = 107;  // unix(7), with its final zero
constexpr std::size_t kAccessTemplateBytesMax = 4096;

std::unexpected<std::string> wrong(std::string_view text, std::string_view what) {
  return std::unexpected(fmt::format("\"{}\" {}", text, what));
}

bool is_alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) { return is_alnum(c) || marks.contains(c); });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; });
}

/// Characters that no path may hold; a literal one is written in percent form (RFC 3986 §3.3).
Parsed<std::string> check_path(std::string_view text, std::string_view forbidden) {
  if (!text.starts_with('/')) return wrong(text, "does not begin with \"/\"");
  if (text.size() > kPathBytesMax) return wrong(text, fmt::format("is longer than {} bytes", kPathBytesMax));
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7F) {
      return wrong(text, "has a character that a path holds only in percent form");
    }
    if (forbidden.contains(c)) return wrong(text, fmt::format("has a \"{}\"", c));
  }
  return std::string(text);
}

Parsed<std::string> check_name(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return std::unexpected(std::string("the name is empty"));
  if (text.size() > bytes_max) return wrong(text, fmt::format("is longer than {} bytes", bytes_max));
  for (const char c : text) {
    if (!is_alnum(c) && c != '-' && c != '_' && c != '.') return wrong(text, fmt::format("has a \"{}\"", c));
  }
  return std::string(text);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Fields that frame a message, belong to one connection, or have a key of their own.
std::string_view why_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 8> connection{"connection", "keep-alive",    "proxy-connection",
                                                       "te",         "trailer",       "transfer-encoding",
                                                       "upgrade",    "http2-settings"};
  if (std::ranges::find(connection, name) != connection.end())
    return "belongs to one connection and is managed by the proxy";
  if (name == "content-length") return "frames the message and is managed by the proxy";
  if (name == "host") return "is set by rewrite.host";
  return {};
}

}  // namespace

Parsed<std::string> parse_plain(std::string_view text) {
  if (has_control(text)) return std::unexpected(std::string("the text has a control character"));
  return std::string(text);
}

Parsed<std::string> parse_name(std::string_view text) {
  return check_name(text, kNameBytesMax);
}

Parsed<std::string> parse_container(std::string_view text) {
  if (text.size() == 1) return wrong(text, "is too short for a container, which has two characters at least");
  if (!text.empty() && !is_alnum(text.front())) return wrong(text, "does not begin with a letter or a digit");
  return check_name(text, kContainerBytesMax);
}

Parsed<std::string> parse_optional_container(std::string_view text) {
  return text.empty() ? std::string() : parse_container(text);
}

Parsed<std::string> parse_host_pattern(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.find('/') != std::string_view::npos) return wrong(text, "is a URL or has a path");
  if (text.find(':') != std::string_view::npos)
    return wrong(text, "has a port; hosts are matched without one");
  const bool wild = text.starts_with("*.");
  const std::string_view name = wild ? text.substr(2) : text;
  if (name.find('*') != std::string_view::npos)
    return wrong(text, "has a \"*\" that is not its whole first label");
  auto host = parse_host(name);
  if (!host) return wrong(text, "is not a host name");
  return (wild ? "*." : "") + *host;
}

Parsed<std::string> parse_path_pattern(std::string_view text) {
  if (text.empty()) return std::string();
  if (auto path = check_path(text, "?#"); !path) return path;
  for (std::string_view rest = text; !rest.empty();) {
    rest.remove_prefix(1);  // the '/'
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (segment == "**" && !rest.empty()) return wrong(text, "has a \"**\" that is not its last segment");
    if (segment != "*" && segment != "**" && segment.find('*') != std::string_view::npos) {
      return wrong(text, "has a \"*\" that is not a whole segment");
    }
  }
  return std::string(text);
}

Parsed<std::string> parse_path(std::string_view text) {
  return check_path(text, "?#");
}

Parsed<std::string> parse_optional_path(std::string_view text) {
  return text.empty() ? std::string() : parse_path(text);
}

Parsed<std::string> parse_socket_path(std::string_view text) {
  if (!text.starts_with('/')) return wrong(text, "does not begin with \"/\"");
  if (text.size() > kSocketPathBytesMax) {
    return wrong(text, fmt::format("is longer than {} bytes", kSocketPathBytesMax));
  }
  return parse_plain(text);
}

Parsed<std::string> parse_optional_socket_path(std::string_view text) {
  return text.empty() ? std::string() : parse_socket_path(text);
}

Parsed<std::string> parse_request_path(std::string_view text) {
  return check_path(text, "#");
}

Parsed<std::string> parse_authority(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.find('/') != std::string_view::npos) return wrong(text, "is a URL or has a path");
  const auto url = parse_url(fmt::format("http://{}", text));
  if (!url) return std::unexpected(url.error());
  return std::string(text);
}

Parsed<std::string> parse_optional_host(std::string_view text) {
  return text.empty() ? std::string() : parse_host(text);
}

Parsed<std::string> parse_method(std::string_view text) {
  if (!is_token(text)) return wrong(text, "is not a method");
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

Parsed<std::string> parse_field_name(std::string_view text) {
  if (!is_token(text)) return wrong(text, "is not the name of a header field");
  std::string name = lower(text);
  if (const std::string_view why = why_reserved(name); !why.empty()) return wrong(text, why);
  return name;
}

Parsed<std::string> parse_field_value(std::string_view text) {
  if (has_control(text)) return std::unexpected(std::string("the value has a control character"));
  if (text.starts_with(' ') || text.ends_with(' ')) {
    return std::unexpected(std::string("the value begins or ends with a blank"));
  }
  return std::string(text);
}

Parsed<std::string> parse_optional_field_name(std::string_view text) {
  if (!text.empty() && !is_token(text)) return wrong(text, "is not the name of a header field");
  return lower(text);
}

Parsed<std::string> parse_cookie_name(std::string_view text) {
  if (!is_token(text)) return wrong(text, "is not the name of a cookie");
  if (text.size() > kNameBytesMax) return wrong(text, fmt::format("is longer than {} bytes", kNameBytesMax));
  return std::string(text);
}

Parsed<std::string> parse_optional_cookie_name(std::string_view text) {
  return text.empty() ? std::string() : parse_cookie_name(text);
}

Parsed<std::string> parse_cookie_path(std::string_view text) {
  return check_path(text, ";");
}

Parsed<std::string> parse_server_id(std::string_view text) {
  constexpr std::size_t kBytesMax = 3;
  const auto bytes = decode_hex(text);
  if (!bytes) return wrong(text, "is not a number of whole bytes in hexadecimal digits");
  if (bytes->size() > kBytesMax) return wrong(text, "is longer than three bytes");
  return lower(text);
}

Parsed<std::string> parse_token(std::string_view text) {
  constexpr std::size_t kTokenBytesMin = 16;
  constexpr std::size_t kTokenBytesMax = 256;
  if (text.empty()) return std::string();
  const bool is_printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
  // The text itself is a secret: a complaint does not repeat it.
  if (!is_printable) return std::unexpected("the token has a character that can't be sent");
  if (text.size() < kTokenBytesMin || text.size() > kTokenBytesMax) {
    return std::unexpected(fmt::format("the token has {} characters", text.size()));
  }
  return std::string(text);
}

Parsed<std::string> parse_origin(std::string_view text) {
  const std::string origin = lower(text);
  const std::size_t scheme = origin.starts_with("https://") ? 8 : origin.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return wrong(text, "does not begin with \"http://\" or \"https://\"");
  if (const auto authority = parse_authority(origin.substr(scheme)); !authority || authority->empty()) {
    return wrong(text, "has no host that a browser could name, or something behind it");
  }
  return origin;
}

Parsed<std::string> parse_access_template(std::string_view text) {
  if (text.size() > kAccessTemplateBytesMax) {
    return std::unexpected(fmt::format("the template is longer than {} bytes", kAccessTemplateBytesMax));
  }
  if (has_control(text)) return std::unexpected(std::string("the template has a control character"));
  const auto parsed = AccessTemplate::parse(text);
  if (parsed) return std::string(text);
  const std::string_view part = parsed.error();
  const auto at = part.data() - text.data() + 1;
  if (!part.starts_with('{') || !part.ends_with('}')) {
    return wrong(part, fmt::format("at byte {} begins with a brace that has no partner", at));
  }
  const std::string hint = suggestion(part.substr(1, part.size() - 2), kAccessVariableNames);
  return wrong(part, fmt::format("at byte {} is not a variable{}", at, hint));
}

Parsed<std::string> parse_redirect_target(std::string_view text) {
  const bool absolute = text.starts_with("http://") || text.starts_with("https://");
  if (!absolute && !text.starts_with('/') && !text.starts_with("{uri}") && !text.starts_with("{path}")) {
    return wrong(text, "is neither a URL nor a path");
  }
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7F; })) {
    return wrong(text, "has a character that a URL holds only in percent form");
  }
  for (std::size_t at = text.find_first_of("{}"); at != std::string_view::npos;
       at = text.find_first_of("{}", at + 1)) {
    const std::string_view rest = text.substr(at);
    const std::string_view placeholder = rest.substr(0, rest.find('}') + 1);
    if (placeholder != "{host}" && placeholder != "{path}" && placeholder != "{uri}") {
      return wrong(text, "has a placeholder that does not exist");
    }
    at += placeholder.size() - 1;
  }
  return std::string(text);
}

}  // namespace qp::config
