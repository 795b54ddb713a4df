// Where the body of an incoming message ends, and what its head says about the connection (RFC 9112 §6.3,
// §9).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/h1_parser.h"

namespace qp::codec::h1 {

enum class Framing : uint8_t {
  none,    // the message ends with its head
  length,  // Content-Length bytes
  chunked,
  until_close,  // responses only: the end of the connection is the end of the body
  tunnel,       // no message any more: bytes, until the connection ends
};

struct MessageFraming {
  Framing body = Framing::none;
  uint64_t length = 0;
  bool keep_alive = false;  // the connection may serve another message after this one
};

// What a client codec has to know of its request to understand the response.
struct Asked {
  bool is_head = false;
  bool is_connect = false;
  bool is_upgrade = false;
};

// Both take the connection's fields out of the head. A request to change the protocol is noted in
// `head.protocol`; one with a body, or for h2c, is taken for an ordinary request: the backend would read on
// behind our back.
Parsed<MessageFraming> frame_request(ParsedRequest& request);
// For final heads, and 101.
Parsed<MessageFraming> frame_response(ParsedResponse& response, const Asked& asked);

}  // namespace qp::codec::h1
