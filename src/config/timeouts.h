// How long the proxy waits for clients and backends.
#pragma once
#include <chrono>

#include "base/clock.h"
#include "config/words.h"

namespace qp::config {

/// Timeouts that may differ by route.
struct RouteTimeouts {
  Duration client_body_idle = std::chrono::seconds(30);  // between two parts of a request's body
  Duration client_write_idle =
      std::chrono::seconds(60);                         // while the client takes nothing of what waits for it
  Duration connect = std::chrono::seconds(5);           // to a backend, TLS included
  Duration response_header = std::chrono::seconds(60);  // from the request's end to the final response head
  Duration response_idle = std::chrono::seconds(60);    // between two parts of a response's body
  Duration request = kOff;                              // from the request's head to the response's end
  bool operator==(const RouteTimeouts&) const = default;
};

struct Timeouts : RouteTimeouts {
  Duration client_handshake = std::chrono::seconds(10);  // TLS or QUIC
  Duration client_header = std::chrono::seconds(10);     // from a request's first byte to the end of its head
  Duration client_idle = std::chrono::seconds(60);       // between requests on a connection
  bool operator==(const Timeouts&) const = default;
};

}  // namespace qp::config
