#include "proxy/error_status.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace qp::proxy {
namespace {

struct Case {
  Origin origin;
  ErrorCode code;
  Stage stage;
  uint16_t status;
  const char* proxy_error;
};

TEST(ErrorStatusTest, EveryFailureHasItsStatusAndItsName) {
  using enum ErrorCode;
  using enum Origin;
  const Case cases[] = {
      {upstream, refused, Stage::connect, 502, "connection_refused"},
      {upstream, unreachable, Stage::connect, 502, "destination_ip_unroutable"},
      {upstream, timed_out, Stage::connect, 504, "connection_timeout"},
      {upstream, tls, Stage::connect, 502, "tls_protocol_error"},
      {upstream, exhausted, Stage::connect, 503, "connection_limit_reached"},
      {upstream, closed, Stage::waiting, 502, "connection_terminated"},
      {upstream, reset, Stage::waiting, 502, "connection_terminated"},
      {upstream, timed_out, Stage::waiting, 504, "http_response_timeout"},
      {upstream, malformed, Stage::waiting, 502, "http_protocol_error"},
      {upstream, too_large, Stage::waiting, 502, "http_response_header_section_size"},
      {upstream, closed, Stage::response, 502, "http_response_incomplete"},
      {upstream, timed_out, Stage::response, 504, "connection_read_timeout"},
      {client, malformed, Stage::request, 400, "http_request_error"},
      {client, timed_out, Stage::request, 408, "http_request_error"},
      {client, too_large, Stage::waiting, 413, "http_request_error"},
      {client, unsupported, Stage::request, 501, "http_request_error"},
      {client, reset, Stage::response, 499, "http_request_error"},
      {client, closed, Stage::waiting, 499, "http_request_error"},
      {self, exhausted, Stage::request, 503, "connection_limit_reached"},
      {self, unreachable, Stage::connect, 503, "destination_unavailable"},
      {self, timed_out, Stage::waiting, 504, "http_response_timeout"},
      {self, internal, Stage::request, 500, "proxy_internal_error"},
      {upstream, internal, Stage::connect, 500, "proxy_internal_error"},
      {client, internal, Stage::connect, 500, "proxy_internal_error"},
  };
  for (const auto& [origin, code, stage, status, proxy_error] : cases) {
    const ErrorStatus result = status_of({.code = code, .origin = origin, .detail = ""}, stage);
    EXPECT_EQ(result.status, status) << proxy_error;
    EXPECT_EQ(result.proxy_error, proxy_error);
    EXPECT_NE(result.termination, "");
  }
}

// RFC 9209 §2.3: the registered types that we use.
TEST(ErrorStatusTest, OnlyRegisteredErrorTypesAreUsed) {
  const std::set<std::string_view> registered{
      "destination_unavailable",
      "destination_ip_prohibited",
      "destination_ip_unroutable",
      "connection_refused",
      "connection_terminated",
      "connection_timeout",
      "connection_read_timeout",
      "connection_limit_reached",
      "tls_protocol_error",
      "http_request_error",
      "http_request_denied",
      "http_response_incomplete",
      "http_response_header_section_size",
      "http_response_timeout",
      "http_protocol_error",
      "proxy_internal_error",
      "proxy_configuration_error",
  };
  for (const Origin origin : {Origin::client, Origin::upstream, Origin::self}) {
    for (const Stage stage : {Stage::request, Stage::connect, Stage::waiting, Stage::response}) {
      for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const Error error{.code = static_cast<ErrorCode>(code), .origin = origin, .detail = ""};
        EXPECT_TRUE(registered.contains(status_of(error, stage).proxy_error))
            << status_of(error, stage).proxy_error;
      }
    }
  }
}

}  // namespace
}  // namespace qp::proxy
