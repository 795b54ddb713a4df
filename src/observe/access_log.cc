#include "observe/access_log.h"

#include <array>
#include <charconv>
#include <string_view>

#include "base/json.h"
#include "observe/trace_fields.h"

namespace qp::observe {

namespace {

constexpr size_t kTextBytesMax = 4096;  // of one field; the rest is cut off

std::string_view short_name(http::Version version) {
  switch (version) {
    case http::Version::h1_0: return "h1.0";
    case http::Version::h1_1: return "h1";
    case http::Version::h2: return "h2";
    case http::Version::h3: return "h3";
  }
  return "";
}

std::string_view long_name(http::Version version) {
  switch (version) {
    case http::Version::h1_0: return "HTTP/1.0";
    case http::Version::h1_1: return "HTTP/1.1";
    case http::Version::h2: return "HTTP/2.0";
    case http::Version::h3: return "HTTP/3.0";
  }
  return "";
}

void append_number(std::string& out, uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

// Printable ASCII as it is, the rest as \xHH, nothing at all as a dash: as other servers write these formats.
void append_visible(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.empty()) out += '-';
  for (const char c : text.substr(0, kTextBytesMax)) {
    if (c >= ' ' && c < '\x7f' && c != '"' && c != '\\') {
      out += c;
    } else {
      const uint8_t code = static_cast<uint8_t>(c);
      out += "\\x";
      out += kDigits[code >> 4];
      out += kDigits[code & 0xf];
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_visible(out, text);
  out += '"';
}

// Leaves out what there is none of.
class Fields {
 public:
  explicit Fields(std::string& line) : json_(line) { json_.begin_object(); }
  ~Fields() { json_.end_object(); }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) json_.field(name, value.substr(0, kTextBytesMax));
  }
  void number(std::string_view name, uint64_t value) { json_.field(name, value); }
  // From one instant to the other, if both came.
  void milliseconds(std::string_view name, TimePoint from, TimePoint to) {
    if (from != kNever && to != kNever) milliseconds(name, to - from);
  }
  void milliseconds(std::string_view name, Duration value) {
    // Microseconds behind a point: exact, and cheaper than a floating-point number.
    const uint64_t us = value.count() < 0 ? 0 : static_cast<uint64_t>(value.count()) / 1000;
    std::array<char, 24> text;
    char* end = std::to_chars(text.begin(), text.end(), us / 1000).ptr;
    *end++ = '.';
    *end++ = static_cast<char>('0' + us / 100 % 10);
    *end++ = static_cast<char>('0' + us / 10 % 10);
    *end++ = static_cast<char>('0' + us % 10);
    json_.key(name);
    json_.literal({text.data(), end});
  }

 private:
  JsonWriter json_;
};

}  // namespace

// "api-1:upstream_closed api-2:503", of all but the last.
std::string_view AccessLog::failures(std::span<const AttemptRecord> attempts) {
  failures_.clear();
  for (const AttemptRecord& attempt : attempts.first(attempts.size() - 1)) {
    if (!failures_.empty()) failures_ += ' ';
    failures_.append(attempt.backend) += ':';
    if (attempt.termination.empty()) {
      append_number(failures_, attempt.status);
    } else {
      failures_.append(attempt.termination);
    }
  }
  return failures_;
}

void AccessLog::exchange_ended(const ExchangeRecord& record) {
  line_.clear();
  switch (format_) {
    case AccessLogFormat::json: write_json(record); break;
    case AccessLogFormat::common: write_common(record); break;
    case AccessLogFormat::combined:
      write_common(record);
      line_ += ' ';
      append_quoted(line_, record.referer);
      line_ += ' ';
      append_quoted(line_, record.user_agent);
      break;
  }
  line_ += '\n';
  ring_.push(line_);
}

void AccessLog::write_json(const ExchangeRecord& record) {
  Fields fields(line_);
  fields.text("level", "info");
  fields.text("time", timestamp_.rfc3339(record.time));
  fields.text("msg", "request");
  fields.text("request_id", record.request_id);
  if (record.trace.is_present()) fields.text("trace_id", view_of(hex_text(record.trace.trace_id)));
  fields.text("client_ip", record.client_ip);
  fields.number("client_port", record.client_port);
  fields.text("protocol", short_name(record.protocol));
  fields.text("tls_version", record.tls_version);
  fields.text("tls_cipher", record.tls_cipher);
  fields.text("server_name", record.server_name);
  fields.text("method", record.method);
  fields.text("host", record.host);
  fields.text("path", record.path);
  fields.text("referer", record.referer);
  fields.text("user_agent", record.user_agent);
  fields.text("route", record.route);
  const AttemptRecord* last = record.last_attempt();
  if (last != nullptr) fields.text("backend", last->backend);
  fields.number("status", record.status);
  fields.number("bytes_in", record.bytes_in);
  fields.number("bytes_out", record.bytes_out);
  fields.milliseconds("duration_ms", record.began, record.ended);
  if (last != nullptr && !last->is_reused) fields.milliseconds("connect_ms", last->began, last->connected);
  fields.milliseconds("first_byte_ms", record.began, record.first_byte);
  if (last != nullptr) fields.milliseconds("upstream_ms", last->began, last->ended);
  fields.number("attempts", record.attempts.size());
  if (record.attempts.size() > 1) fields.text("failed_attempts", failures(record.attempts));
  if (record.is_retry_denied) fields.text("retry", "over_budget");
  fields.text("termination", record.termination);
  if (record.quic) {
    fields.milliseconds("quic_rtt_ms", record.quic->rtt);
    fields.number("quic_packets_lost", record.quic->packets_lost);
  }
}

// client - - [date] "method path protocol" status bytes
void AccessLog::write_common(const ExchangeRecord& record) {
  append_visible(line_, record.client_ip);
  line_ += " - - [";
  line_ += timestamp_.common(record.time);
  line_ += "] \"";
  append_visible(line_, record.method);
  line_ += ' ';
  append_visible(line_, record.path);
  line_ += ' ';
  line_ += long_name(record.protocol);
  line_ += "\" ";
  append_number(line_, record.status);
  line_ += ' ';
  append_number(line_, record.bytes_out);
}

}  // namespace qp::observe
