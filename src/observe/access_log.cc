#include "observe/access_log.h"

#include <string_view>

#include "base/json.h"
#include "observe/access_values.h"
#include "observe/trace_fields.h"

namespace qp::observe {

namespace {

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
    MillisecondsText text;
    json_.key(name);
    json_.literal(write_milliseconds(text, value));
  }

 private:
  JsonWriter json_;
};

}  // namespace

// What went wrong is always written.
bool AccessLog::wants(const ExchangeRecord& record) {
  if (!settings_.enabled) return false;
  if (settings_.sample >= 1 || record.status >= 400 || record.termination != "ok") return true;
  return static_cast<double>(random_.next() >> 11) * 0x1p-53 < settings_.sample;
}

void AccessLog::exchange_ended(const ExchangeRecord& record) {
  if (!wants(record)) return;
  line_.clear();
  switch (settings_.format) {
    case AccessLogFormat::json: write_json(record); break;
    case AccessLogFormat::common: write_common(record); break;
    case AccessLogFormat::combined:
      write_common(record);
      line_ += ' ';
      append_quoted(line_, record.referer);
      line_ += ' ';
      append_quoted(line_, record.user_agent);
      break;
    case AccessLogFormat::custom: write_custom(record); break;
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
  failures_.clear();
  append_failures(failures_, record.attempts);
  fields.text("failed_attempts", failures_);
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

void AccessLog::write_custom(const ExchangeRecord& record) {
  for (const AccessTemplate::Piece& piece : settings_.custom.pieces) {
    line_ += piece.text;
    write_variable(piece, record);
  }
  line_ += settings_.custom.tail;
}

void AccessLog::write_variable(const AccessTemplate::Piece& piece, const ExchangeRecord& record) {
  const auto text = [&](std::string_view value) { append_visible(line_, value, piece.stop); };
  const auto number = [&](uint64_t value) { append_number(line_, value); };
  const auto duration = [&](Duration value) {
    MillisecondsText digits;
    line_ += write_milliseconds(digits, value);
  };
  const auto time = [&](TimePoint from, TimePoint to) {
    if (from == kNever || to == kNever) return text("");
    duration(to - from);
  };
  static constexpr AttemptRecord kNone{.began = kNever, .ended = kNever};
  const AttemptRecord& last = record.attempts.empty() ? kNone : record.attempts.back();

  switch (piece.variable) {
    case AccessVariable::time: line_ += timestamp_.rfc3339(record.time); break;
    case AccessVariable::date: line_ += timestamp_.common(record.time); break;
    case AccessVariable::request_id: text(record.request_id); break;
    case AccessVariable::trace_id:
      text(record.trace.is_present() ? view_of(hex_text(record.trace.trace_id)) : "");
      break;
    case AccessVariable::client_ip: text(record.client_ip); break;
    case AccessVariable::client_port: number(record.client_port); break;
    case AccessVariable::protocol: line_ += short_name(record.protocol); break;
    case AccessVariable::version: line_ += long_name(record.protocol); break;
    case AccessVariable::tls_version: text(record.tls_version); break;
    case AccessVariable::tls_cipher: text(record.tls_cipher); break;
    case AccessVariable::server_name: text(record.server_name); break;
    case AccessVariable::method: text(record.method); break;
    case AccessVariable::host: text(record.host); break;
    case AccessVariable::path: text(record.path); break;
    case AccessVariable::referer: text(record.referer); break;
    case AccessVariable::user_agent: text(record.user_agent); break;
    case AccessVariable::route: text(record.route); break;
    case AccessVariable::backend: text(last.backend); break;
    case AccessVariable::status: number(record.status); break;
    case AccessVariable::bytes_in: number(record.bytes_in); break;
    case AccessVariable::bytes_out: number(record.bytes_out); break;
    case AccessVariable::duration_ms: time(record.began, record.ended); break;
    case AccessVariable::connect_ms: time(last.is_reused ? kNever : last.began, last.connected); break;
    case AccessVariable::first_byte_ms: time(record.began, record.first_byte); break;
    case AccessVariable::upstream_ms: time(last.began, last.ended); break;
    case AccessVariable::attempts: number(record.attempts.size()); break;
    case AccessVariable::failed_attempts:
      failures_.clear();
      append_failures(failures_, record.attempts);
      text(failures_);
      break;
    case AccessVariable::retry: text(record.is_retry_denied ? "over_budget" : ""); break;
    case AccessVariable::termination: text(record.termination); break;
    case AccessVariable::quic_rtt_ms: record.quic ? duration(record.quic->rtt) : text(""); break;
    case AccessVariable::quic_packets_lost: record.quic ? number(record.quic->packets_lost) : text(""); break;
  }
}

}  // namespace qp::observe
