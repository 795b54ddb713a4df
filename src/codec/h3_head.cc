#include "codec/h3_head.h"

#include <algorithm>
#include <charconv>

namespace qp::codec {

namespace {

// tchar without upper-case letters (RFC 9110 §5.6.2, RFC 9114 §4.2).
constexpr bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}
constexpr bool is_token_char(char c) {
  return is_name_char(c) || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_name_char);
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

// RFC 9114 §10.3 asks for CR, LF and NUL; RFC 9110 §5.5 forbids the other control characters and edges of
// whitespace.
bool is_value(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (!text.empty() && (is_blank(text.front()) || is_blank(text.back()))) return false;
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

// Visible ASCII and bytes of UTF-8, which some clients send raw; no blanks, and no fragment (RFC 3986 §3).
bool is_path(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || byte == '#';
  });
}

// Characters of host and port (RFC 3986 §3.2). No user information: §4.3.1 forbids it for http and https.
bool is_authority(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || std::string_view("-._~%!$&'()*+,;=:[]").contains(c);
  });
}

// RFC 9114 §4.2: these speak of one connection, and HTTP/3 has other words for it.
bool is_connection_specific(http::Name name, std::string_view value) {
  using http::Name;
  return name == Name::connection || name == Name::keep_alive || name == Name::proxy_connection ||
         name == Name::transfer_encoding || name == Name::upgrade ||
         (name == Name::te && value != "trailers");
}

}  // namespace

H3HeadReader::H3HeadReader(Kind kind, const H3HeadLimits& limits) : kind_(kind), limits_(limits) {
  if (kind == Kind::request) request_ = std::make_unique<http::RequestHead>();
  if (kind == Kind::response) response_ = std::make_unique<http::ResponseHead>();
}

bool H3HeadReader::add_line(FieldLine line) {
  if (verdict_ != Verdict::fine) return false;
  bytes_ += line.name.size() + line.value.size() + 32;
  if (++lines_ > limits_.fields_max || bytes_ > limits_.head_bytes_max) {
    verdict_ = Verdict::head_too_large;
  } else if (line.name.starts_with(':')) {
    verdict_ = had_field_ ? Verdict::malformed : check_pseudo(line);
  } else {
    had_field_ = true;
    verdict_ = check_field(line);
  }
  return verdict_ == Verdict::fine;
}

H3HeadReader::Verdict H3HeadReader::finish() {
  if (verdict_ != Verdict::fine) return verdict_;
  switch (kind_) {
    case Kind::request: verdict_ = finish_request(); break;
    case Kind::response: verdict_ = (pseudo_ & status) != 0 ? Verdict::fine : Verdict::malformed; break;
    case Kind::trailers: break;
  }
  return verdict_;
}

H3HeadReader::Verdict H3HeadReader::check_pseudo(FieldLine line) {
  const auto verdict_of = [](bool is_fine) { return is_fine ? Verdict::fine : Verdict::malformed; };
  if (kind_ == Kind::response) {
    int number = 0;
    const auto [end, error] =
        std::from_chars(line.value.data(), line.value.data() + line.value.size(), number);
    if (line.name != ":status" || (pseudo_ & status) != 0 || line.value.size() != 3 || error != std::errc() ||
        end != line.value.data() + 3 || number < 100 || number == 101) {
      return Verdict::malformed;
    }
    pseudo_ |= status;
    response_->status = static_cast<uint16_t>(number);
    return Verdict::fine;
  }
  if (kind_ == Kind::trailers) return Verdict::malformed;
  if (line.name == ":method") {
    return verdict_of(is_token(line.value) && set_once(method, request_->method, line.value));
  }
  if (line.name == ":scheme") {
    return verdict_of(is_token(line.value) && set_once(scheme, request_->scheme, line.value));
  }
  if (line.name == ":authority") {
    return verdict_of(is_authority(line.value) && set_once(authority, request_->authority, line.value));
  }
  if (line.name == ":path") {
    if (line.value.size() > limits_.uri_bytes_max) return Verdict::uri_too_long;
    return verdict_of(is_path(line.value) && set_once(path, request_->path, line.value));
  }
  return Verdict::malformed;  // :protocol as well: we don't offer RFC 9220
}

H3HeadReader::Verdict H3HeadReader::check_field(FieldLine line) {
  if (!is_name(line.name) || !is_value(line.value)) return Verdict::malformed;
  const http::Name name = http::name_of(line.name);
  if (is_connection_specific(name, line.value)) return Verdict::malformed;
  if (kind_ == Kind::trailers) {
    // They are of no use behind the content, and a danger to whoever believes them (RFC 9110 §6.5.1).
    if (name == http::Name::content_length || name == http::Name::host) return Verdict::malformed;
  } else if (name == http::Name::content_length) {
    return check_content_length(line.value);
  } else if (kind_ == Kind::request && name == http::Name::host) {
    return check_host(line.value);
  } else if (kind_ == Kind::request && name == http::Name::cookie) {
    if (!cookie_.empty()) cookie_ += "; ";
    cookie_ += line.value;
    return Verdict::fine;
  }
  fields().add(line.name, line.value);
  return Verdict::fine;
}

// Host becomes the authority where there is none, and must not contradict it (§4.3.1).
H3HeadReader::Verdict H3HeadReader::check_host(std::string_view value) {
  if (had_host_ || !is_authority(value)) return Verdict::malformed;
  had_host_ = true;
  if ((pseudo_ & authority) == 0) request_->authority = value;
  return request_->authority == value ? Verdict::fine : Verdict::malformed;
}

H3HeadReader::Verdict H3HeadReader::check_content_length(std::string_view value) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = error == std::errc() && end == value.data() + value.size() && value.front() != '-';
  if (!is_number || content_length_ != kUnknownLength) return Verdict::malformed;
  content_length_ = number;
  fields().add(http::Name::content_length, value);
  return Verdict::fine;
}

H3HeadReader::Verdict H3HeadReader::finish_request() {
  if ((pseudo_ & method) == 0 || request_->authority.empty()) return Verdict::malformed;
  if (request_->method == "CONNECT") {  // §4.4
    if (pseudo_ != (method | authority)) return Verdict::malformed;
  } else {
    if ((pseudo_ & scheme) == 0 || (pseudo_ & path) == 0) return Verdict::malformed;
    const bool is_asterisk = request_->method == "OPTIONS" && request_->path == "*";
    if (!request_->path.starts_with('/') && !is_asterisk) return Verdict::malformed;
  }
  if (!cookie_.empty()) fields().add(http::Name::cookie, cookie_);
  return Verdict::fine;
}

bool H3HeadReader::set_once(Pseudo field, std::string& target, std::string_view value) {
  if ((pseudo_ & field) != 0) return false;
  pseudo_ |= field;
  target = value;
  return true;
}

http::Headers& H3HeadReader::fields() {
  switch (kind_) {
    case Kind::request: return request_->fields;
    case Kind::response: return response_->fields;
    case Kind::trailers: break;
  }
  return trailers_;
}

H3HeadLines::H3HeadLines(const http::RequestHead& head) {
  lines_.push_back({":method", head.method});
  if (head.method != "CONNECT") {
    lines_.push_back({":scheme", head.scheme});
    lines_.push_back({":path", head.path});
  }
  if (!head.authority.empty()) lines_.push_back({":authority", head.authority});
  add_fields(head.fields);
}

H3HeadLines::H3HeadLines(const http::ResponseHead& head) {
  std::to_chars(status_, status_ + sizeof status_, head.status);
  lines_.push_back({":status", {status_, sizeof status_}});
  add_fields(head.fields);
}

H3HeadLines::H3HeadLines(const http::Trailers& trailers) {
  add_fields(trailers);
}

// What speaks of a connection has no place on this wire, whoever forgot to remove it.
void H3HeadLines::add_fields(const http::Headers& fields) {
  lines_.reserve(lines_.size() + fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    const http::Field field = fields[i];
    if (is_connection_specific(field.id, field.value) || field.id == http::Name::host) continue;
    lines_.push_back({field.name, field.value});
  }
}

}  // namespace qp::codec
