// Responses that we write ourselves: a head and a short body in plain text, or JSON where the client prefers
// it.
//
//   HTTP 504                                  504 Gateway Timeout
//   content-type: text/plain; charset=utf-8
//   cache-control: no-store
//   proxy-status: quic-proxy; error=connection_timeout
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/slice.h"
#include "http/message.h"

namespace qp::proxy {

struct Reply {
  http::ResponseHead head;  // Content-Length included; Date comes when it is sent
  Slice body;               // empty for HEAD and statuses without content
};

struct ReplySpec {
  uint16_t status = 500;
  std::string_view method{};            // of the request
  std::string_view accept{};            // its Accept field, "" if it has none
  std::string_view proxy_status{};      // see proxy_status.h; "" where the answer is not about an error
  std::string_view allow{};             // with 405
  std::string_view location{};          // with 3xx
  std::chrono::seconds retry_after{1};  // with 503; zero: not said
};

Reply make_reply(const ReplySpec& spec);

// "Bad Gateway"; "" for a status that we never write.
std::string_view reason_of(uint16_t status);

}  // namespace qp::proxy
