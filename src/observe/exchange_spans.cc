#include "observe/exchange_spans.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/utf8.h"

namespace qp::observe {

namespace {

constexpr std::string_view kOther = "_OTHER";
constexpr std::string_view kKnownMethods[] = {"CONNECT", "DELETE", "GET", "HEAD",  "OPTIONS",
                                              "PATCH",   "POST",   "PUT", "TRACE", "QUERY"};

std::string text_of(std::string_view text) {
  std::string out;
  append_utf8(out, text, kSpanTextBytesMax);
  return out;
}

// Only what is known stands as it is: a client could otherwise invent as many methods as it likes.
std::string_view known_method(std::string_view method) {
  return std::ranges::find(kKnownMethods, method) != std::end(kKnownMethods) ? method : kOther;
}

std::string_view version_of(http::Version version) {
  switch (version) {
    case http::Version::h1_0: return "1.0";
    case http::Version::h1_1: return "1.1";
    case http::Version::h2: return "2";
    case http::Version::h3: return "3";
  }
  return "";
}

// A query without the signatures that some clouds put into it.
std::string clean_query(std::string_view query) {
  constexpr std::string_view kSecrets[] = {"AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"};
  std::string out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::string_view name = pair.substr(0, pair.find('='));
    const bool is_secret =
        name.size() < pair.size() && std::ranges::find(kSecrets, name) != std::end(kSecrets);
    if (!out.empty()) out += '&';
    out += is_secret ? std::string(name) + "=REDACTED" : std::string(pair);
  }
  return out;
}

// Leaves out what there is none of.
class AttributeList {
 public:
  explicit AttributeList(Attributes& out) : out_(out) {}

  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) out_.push_back({key, text_of(value)});
  }
  void number(std::string_view key, uint64_t value) { out_.push_back({key, static_cast<int64_t>(value)}); }
  void number_if_any(std::string_view key, uint64_t value) {
    if (value != 0) number(key, value);
  }

 private:
  Attributes& out_;
};

// The wall clock may be set meanwhile; the record's own instants are never out of order.
WallTime wall_time(const ExchangeRecord& record, TimePoint when) {
  return record.time + (when - record.began);
}

bool is_clients_doing(std::string_view termination) {
  return termination.starts_with("client_");
}

// What kind of failure it was, "" for none: our word for it if there is one, otherwise the status.
std::string error_type(std::string_view termination, uint16_t status, uint16_t least_error) {
  if (!termination.empty() && termination != "ok") return std::string(termination);
  return status >= least_error ? std::to_string(status) : std::string();
}

void add_method(AttributeList& list, std::string_view method) {
  const std::string_view known = known_method(method);
  if (method.empty()) return;
  list.text("http.request.method", known);
  if (known != method) list.text("http.request.method_original", method);
}

std::string span_name(std::string_view method, std::string_view route) {
  const std::string_view known = known_method(method);
  std::string name(known == kOther ? "HTTP" : known);
  if (!route.empty()) name += ' ' + text_of(route);
  return name;
}

void add_client(AttributeList& list, const ExchangeRecord& record) {
  list.text("client.address", record.client_ip);
  if (record.client_ip == record.peer_ip) list.number_if_any("client.port", record.client_port);
  list.text("network.peer.address", record.peer_ip);
  list.number_if_any("network.peer.port", record.client_port);
  list.text("network.protocol.name", "http");
  list.text("network.protocol.version", version_of(record.protocol));
  list.text("network.transport", record.protocol == http::Version::h3 ? "quic" : "tcp");
  if (!record.tls_version.empty()) {
    const bool has_prefix = record.tls_version.starts_with("TLSv");
    list.text("tls.protocol.name", "tls");
    list.text("tls.protocol.version", record.tls_version.substr(has_prefix ? 4 : 0));
    list.text("tls.cipher", record.tls_cipher);
    list.text("tls.client.server_name", record.server_name);
  }
  list.text("user_agent.original", record.user_agent);
}

void add_target(AttributeList& list, const ExchangeRecord& record) {
  const std::string_view path = record.path.substr(0, record.path.find('?'));
  list.text("url.scheme", record.scheme);
  list.text("url.path", path);
  if (path.size() < record.path.size())
    list.text("url.query", clean_query(record.path.substr(path.size() + 1)));
  list.text("server.address", record.host);
  if (record.host.empty()) return;
  const uint16_t usual_port = record.scheme == "https" ? 443 : 80;
  list.number("server.port", record.port != 0 ? record.port : usual_port);
}

// Every attempt but the last was followed by another one.
void add_retries(const ExchangeRecord& record, Span& span) {
  for (size_t i = 0; i + 1 < record.attempts.size(); ++i) {
    const AttemptRecord& failed = record.attempts[i];
    SpanEvent event{.name = "quic_proxy.retry", .time = wall_time(record, failed.ended), .attributes = {}};
    AttributeList list(event.attributes);
    list.text("quic_proxy.backend", failed.backend);
    list.text("error.type", error_type(failed.termination, failed.status, 400));
    list.number("http.request.resend_count", i + 1);
    span.events.push_back(std::move(event));
  }
}

Span request_span(const ExchangeRecord& record) {
  Span span{.trace_id = record.trace.trace_id,
            .span_id = record.trace.span_id,
            .parent_span_id = record.trace.parent_span_id,
            .trace_state = text_of(record.trace.state),
            .kind = Span::Kind::server,
            .name = span_name(record.method, record.route_path),
            .began = record.time,
            .ended = wall_time(record, record.ended),
            .attributes = {},
            .events = {}};
  AttributeList list(span.attributes);
  add_method(list, record.method);
  add_target(list, record);
  add_client(list, record);
  list.text("http.route", record.route_path);
  list.number_if_any("http.response.status_code", record.status);
  list.number_if_any("http.request.body.size", record.bytes_in);
  list.number_if_any("http.response.body.size", record.bytes_out);
  const std::string error = error_type(record.termination, record.status, 500);
  list.text("error.type", error);
  list.text("quic_proxy.route", record.route);
  list.text("quic_proxy.request_id", record.request_id);
  // What a client does wrong, or its going away, is no failure of the server (status codes from 400 to 499).
  const bool is_refusal = record.status >= 400 && record.status < 500;
  if (!error.empty() && !is_refusal && !is_clients_doing(record.termination))
    span.status = Span::Status::error;
  add_retries(record, span);
  return span;
}

std::string full_url(const AttemptRecord& attempt, std::string_view sent_path) {
  const bool is_ipv6 = attempt.address.contains(':');
  const std::string_view path = sent_path.substr(0, sent_path.find('?'));
  std::string url(attempt.scheme);
  url.append("://").append(is_ipv6 ? "[" : "").append(attempt.address).append(is_ipv6 ? "]:" : ":");
  url.append(std::to_string(attempt.port)).append(attempt.base_path).append(path);
  if (path.size() < sent_path.size()) url.append("?").append(clean_query(sent_path.substr(path.size() + 1)));
  return url;
}

Span attempt_span(const ExchangeRecord& record, size_t place) {
  const AttemptRecord& attempt = record.attempts[place];
  Span span{.trace_id = record.trace.trace_id,
            .span_id = attempt.span_id,
            .parent_span_id = record.trace.span_id,
            .trace_state = text_of(record.trace.state),
            .kind = Span::Kind::client,
            .name = span_name(record.method, ""),
            .began = wall_time(record, attempt.began),
            .ended = wall_time(record, attempt.ended),
            .attributes = {},
            .events = {}};
  AttributeList list(span.attributes);
  add_method(list, record.method);
  list.text("url.full", full_url(attempt, record.sent_path));
  list.text("server.address", attempt.address);
  list.number_if_any("server.port", attempt.port);
  list.text("network.protocol.name", "http");
  list.text("network.protocol.version", version_of(attempt.protocol));
  list.number_if_any("http.request.resend_count", place);
  list.number_if_any("http.response.status_code", attempt.status);
  list.number_if_any("http.request.body.size", attempt.bytes_out);
  list.number_if_any("http.response.body.size", attempt.bytes_in);
  const std::string error = error_type(attempt.termination, attempt.status, 400);
  list.text("error.type", error);
  list.text("quic_proxy.backend", attempt.backend);
  if (!error.empty()) span.status = Span::Status::error;

  if (attempt.connected != kNever) {
    SpanEvent event{.name = attempt.is_reused ? "quic_proxy.connection_reused" : "quic_proxy.connected",
                    .time = wall_time(record, attempt.connected),
                    .attributes = {}};
    span.events.push_back(std::move(event));
  }
  if (attempt.first_byte != kNever) {
    span.events.push_back({.name = "quic_proxy.response_head",
                           .time = wall_time(record, attempt.first_byte),
                           .attributes = {}});
  }
  return span;
}

}  // namespace

void append_spans(const ExchangeRecord& record, std::vector<Span>& spans) {
  spans.push_back(request_span(record));
  for (size_t i = 0; i < record.attempts.size(); ++i)
    spans.push_back(attempt_span(record, i));
}

}  // namespace qp::observe
