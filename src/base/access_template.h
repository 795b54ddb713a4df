// The access line in the operator's own words: text, and variables in braces. `{{` and `}}` are braces.
//
//   {client_ip} [{time}] "{method} {path}" {status}
//
// The configuration checks it and the access log writes by it; neither knows the other.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace qp {

// As in the line's JSON form; `date` is the common log format's, `version` is as in "HTTP/3.0".
enum class AccessVariable : uint8_t {
  time,
  date,
  request_id,
  trace_id,
  client_ip,
  client_port,
  protocol,
  version,
  tls_version,
  tls_cipher,
  server_name,
  method,
  host,
  path,
  referer,
  user_agent,
  route,
  backend,
  status,
  bytes_in,
  bytes_out,
  duration_ms,
  connect_ms,
  first_byte_ms,
  upstream_ms,
  attempts,
  failed_attempts,
  retry,
  termination,
  quic_rtt_ms,
  quic_packets_lost,
};

// Their names in the order above.
inline constexpr std::array<std::string_view, 31> kAccessVariableNames = {
    "time",        "date",        "request_id",       "trace_id",
    "client_ip",   "client_port", "protocol",         "version",
    "tls_version", "tls_cipher",  "server_name",      "method",
    "host",        "path",        "referer",          "user_agent",
    "route",       "backend",     "status",           "bytes_in",
    "bytes_out",   "duration_ms", "connect_ms",       "first_byte_ms",
    "upstream_ms", "attempts",    "failed_attempts",  "retry",
    "termination", "quic_rtt_ms", "quic_packets_lost"};

struct AccessTemplate {
  struct Piece {
    std::string text;  // before the variable
    AccessVariable variable{};
    char stop = '\n';  // with which text goes on behind the variable: where a reader takes its value to end
  };
  std::vector<Piece> pieces;
  std::string tail;  // behind the last variable

  // The error is the part of the text that is wrong: an unknown variable, or a brace without its partner.
  static std::expected<AccessTemplate, std::string_view> parse(std::string_view text);
};

}  // namespace qp
