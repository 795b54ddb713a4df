#include "proxy/error_status.h"

namespace qp::proxy {

namespace {

ErrorStatus by_client(ErrorCode code) {
  switch (code) {
    case ErrorCode::closed:
    case ErrorCode::reset:
    case ErrorCode::refused:
    case ErrorCode::unreachable:
    case ErrorCode::tls: return {kClientClosedRequest, "http_request_error", "client_reset"};
    case ErrorCode::timed_out: return {408, "http_request_error", "client_timeout"};
    case ErrorCode::malformed: return {400, "http_request_error", "client_malformed"};
    case ErrorCode::too_large: return {413, "http_request_error", "too_large"};
    case ErrorCode::unsupported: return {501, "http_request_error", "unsupported"};
    case ErrorCode::permission: return {403, "http_request_denied", "denied"};
    case ErrorCode::exhausted: return {429, "http_request_denied", "overloaded"};
    case ErrorCode::would_block:
    case ErrorCode::address_in_use:
    case ErrorCode::internal: break;
  }
  return {500, "proxy_internal_error", "internal_error"};
}

// While a connection is made nothing was asked yet; afterwards the same failure leaves an answer open.
ErrorStatus by_upstream(ErrorCode code, Stage stage) {
  const bool is_connecting = stage == Stage::request || stage == Stage::connect;
  const bool has_answered = stage == Stage::response;
  switch (code) {
    case ErrorCode::refused: return {502, "connection_refused", "upstream_refused"};
    case ErrorCode::unreachable: return {502, "destination_ip_unroutable", "upstream_unreachable"};
    case ErrorCode::closed:
    case ErrorCode::reset:
      return {502, has_answered ? "http_response_incomplete" : "connection_terminated", "upstream_closed"};
    case ErrorCode::timed_out:
      if (is_connecting) return {504, "connection_timeout", "upstream_connect_timeout"};
      return {504, has_answered ? "connection_read_timeout" : "http_response_timeout", "upstream_timeout"};
    case ErrorCode::tls: return {502, "tls_protocol_error", "upstream_tls"};
    case ErrorCode::malformed:
    case ErrorCode::unsupported: return {502, "http_protocol_error", "upstream_malformed"};
    case ErrorCode::too_large: return {502, "http_response_header_section_size", "upstream_too_large"};
    case ErrorCode::exhausted: return {503, "connection_limit_reached", "overloaded"};
    case ErrorCode::permission: return {502, "destination_ip_prohibited", "upstream_unreachable"};
    case ErrorCode::would_block:
    case ErrorCode::address_in_use:
    case ErrorCode::internal: break;
  }
  return {500, "proxy_internal_error", "internal_error"};
}

ErrorStatus by_ourselves(ErrorCode code) {
  switch (code) {
    case ErrorCode::exhausted: return {503, "connection_limit_reached", "overloaded"};
    case ErrorCode::refused:
    case ErrorCode::closed:
    case ErrorCode::unreachable: return {503, "destination_unavailable", "no_backend"};
    case ErrorCode::timed_out: return {504, "http_response_timeout", "timeout"};
    case ErrorCode::too_large: return {413, "http_request_error", "too_large"};
    case ErrorCode::unsupported: return {501, "http_request_error", "unsupported"};
    case ErrorCode::tls:
    case ErrorCode::permission: return {502, "proxy_configuration_error", "upstream_unreachable"};
    case ErrorCode::reset:
    case ErrorCode::would_block:
    case ErrorCode::malformed:
    case ErrorCode::address_in_use:
    case ErrorCode::internal: break;
  }
  return {500, "proxy_internal_error", "internal_error"};
}

}  // namespace

ErrorStatus status_of(const Error& error, Stage stage) {
  switch (error.origin) {
    case Origin::client: return by_client(error.code);
    case Origin::upstream: return by_upstream(error.code, stage);
    case Origin::self: return by_ourselves(error.code);
  }
  return by_ourselves(ErrorCode::internal);
}

std::string_view termination_of(uint16_t status) {
  switch (status) {
    case 408: return "client_timeout";
    case 413:
    case 414:
    case 431: return "too_large";
    case 501:
    case 505: return "unsupported";
    default: return "client_malformed";
  }
}

}  // namespace qp::proxy
