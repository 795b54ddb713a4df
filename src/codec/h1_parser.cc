#include "codec/h1_parser.h"

#include <cstring>

#include "codec/h1_syntax.h"
#include "http/text.h"

namespace qp::codec::h1 {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

// A method, a version and two blanks, beside the target of a request line.
constexpr size_t kRequestLineRestMax = 64;

// The text up to the next CR LF, which is taken away too. The scanner has seen to it that there is one.
std::string_view take_line(std::string_view& text) {
  const char* const end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
  const size_t size = static_cast<size_t>(end - text.data());
  const std::string_view line = text.substr(0, size - 1);
  text.remove_prefix(size + 1);
  return line;
}

// "HTTP/1.0" or "HTTP/1.1" (RFC 9112 §2.3).
Parsed<http::Version> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return http::Version::h1_1;
  if (text == "HTTP/1.0") return http::Version::h1_0;
  if (text.size() == 8 && text.starts_with("HTTP/") && http::is_digit(text[5]) && text[6] == '.' &&
      http::is_digit(text[7])) {
    return refuse(505, "this HTTP version is not spoken here");
  }
  return malformed("the HTTP version can't be read");
}

Parsed<> parse_field(std::string_view line, http::Headers& fields) {
  const size_t colon = span_of(line, kToken);
  if (colon == line.size() || line[colon] != ':') {
    if (is_blank(line.front())) return malformed("a folded field line");
    return malformed(colon < line.size() && is_blank(line[colon]) ? "a blank in or after a field name"
                                                                  : "a field name can't be read");
  }
  if (colon == 0) return malformed("a field without a name");
  const std::string_view value = line.substr(colon + 1);
  if (!is_text(value)) return malformed("a control character in a field value");
  fields.add(line.substr(0, colon), http::trimmed(value));
  return {};
}

}  // namespace

Parsed<size_t> HeadScanner::scan(std::string_view text) {
  if (scanned_ == 0 && !text.empty()) {
    if (auto checked = check_first_byte(text.front()); !checked) return std::unexpected(checked.error());
  }
  while (scanned_ < text.size()) {
    const void* const found = std::memchr(text.data() + scanned_, '\n', text.size() - scanned_);
    if (found == nullptr) break;
    const size_t end = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    if (end == line_at_ || text[end - 1] != '\r') return malformed("a line that doesn't end with CR LF");
    const size_t line_bytes = end - 1 - line_at_;
    line_at_ = scanned_ = end + 1;
    if (auto checked = check_size(scanned_); !checked) return std::unexpected(checked.error());
    if (line_bytes > 0) {
      ++lines_;
      continue;
    }
    if (section_ == Section::request && lines_ == 0 && end == 1) continue;
    if (section_ != Section::trailers && lines_ == 0) return malformed("empty lines before a message");
    return scanned_;
  }
  scanned_ = text.size();
  if (auto checked = check_unfinished_line(text.size() - line_at_); !checked) {
    return std::unexpected(checked.error());
  }
  if (auto checked = check_size(text.size()); !checked) return std::unexpected(checked.error());
  return 0;
}

// Another protocol, such as TLS on a plain port, is told at once and not when the head's time is up.
Parsed<> HeadScanner::check_first_byte(char first) const {
  if (section_ == Section::trailers || is(first, kToken)) return {};
  if (first == '\r' && section_ == Section::request) return {};
  return malformed("this is not HTTP/1");
}

Parsed<> HeadScanner::check_unfinished_line(size_t bytes) const {
  if (section_ == Section::request && lines_ == 0 && bytes > limits_.uri_bytes_max + kRequestLineRestMax) {
    return refuse(414, "the request target is too long");
  }
  return {};
}

Parsed<> HeadScanner::check_size(size_t bytes) const {
  if (bytes > limits_.head_bytes_max) return refuse(431, "the head is too large");
  const uint32_t start_lines = section_ == Section::trailers ? 0 : 1;
  if (lines_ > limits_.head_fields_max + start_lines) return refuse(431, "too many fields");
  return {};
}

Parsed<ParsedRequest> parse_request(std::string_view text, const HeadLimits& limits) {
  if (text.starts_with(kLineEnd)) text.remove_prefix(kLineEnd.size());
  std::string_view line = take_line(text);
  ParsedRequest request;

  const size_t method_bytes = span_of(line, kToken);
  if (method_bytes == 0 || method_bytes == line.size() || line[method_bytes] != ' ') {
    return malformed("the method can't be read");
  }
  request.head.method = line.substr(0, method_bytes);
  line.remove_prefix(method_bytes + 1);

  const size_t target_bytes = span_of(line, kTarget);
  if (target_bytes > limits.uri_bytes_max) return refuse(414, "the request target is too long");
  if (target_bytes == 0 || target_bytes == line.size() || line[target_bytes] != ' ') {
    return malformed("the request target can't be read");
  }
  request.target = line.substr(0, target_bytes);
  line.remove_prefix(target_bytes + 1);

  const Parsed<http::Version> version = parse_version(line);
  if (!version) return std::unexpected(version.error());
  request.version = *version;
  if (auto parsed = parse_fields(text, limits, request.head.fields); !parsed)
    return std::unexpected(parsed.error());
  return request;
}

// RFC 9112 §4. The blank after the status may be missing where there is no reason phrase; many servers do
// that.
Parsed<ParsedResponse> parse_response(std::string_view text, const HeadLimits& limits) {
  const std::string_view line = take_line(text);
  ParsedResponse response;

  const Parsed<http::Version> version = parse_version(line.substr(0, 8));
  if (!version) return std::unexpected(version.error());
  response.version = *version;

  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ') ||
      !is_text(line.substr(12))) {
    return malformed("the status line can't be read");
  }
  uint16_t status = 0;
  for (const char c : line.substr(9, 3)) {
    if (!http::is_digit(c)) return malformed("the status can't be read");
    status = static_cast<uint16_t>(status * 10 + (c - '0'));
  }
  if (status < 100 || status > 599) return malformed("the status is out of range");
  response.head.status = status;
  if (auto parsed = parse_fields(text, limits, response.head.fields); !parsed) {
    return std::unexpected(parsed.error());
  }
  return response;
}

Parsed<> parse_fields(std::string_view text, const HeadLimits& limits, http::Headers& fields) {
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    if (fields.size() == limits.head_fields_max) return refuse(431, "too many fields");
    if (auto parsed = parse_field(line, fields); !parsed) return parsed;
  }
  return {};
}

}  // namespace qp::codec::h1
