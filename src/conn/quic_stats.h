// What the connections of one UDP socket have come to, counted since it was opened.
#pragma once
#include <array>
#include <cstdint>

#include "observe/metrics_histogram.h"
#include "observe/metrics_labels.h"
#include "transport/quic_session.h"

namespace qp::conn {

struct QuicRouterStats {
  uint64_t accepted = 0;
  uint64_t accepted_v2 = 0;  // those of them that began with QUIC version 2 (RFC 9369)
  uint64_t refused = 0;      // limits, draining, invalid tokens
  uint64_t retries_sent = 0;
  uint64_t retries_validated = 0;
  uint64_t tokens_validated = 0;  // of earlier connections
  uint64_t resets_sent = 0;
  uint64_t version_negotiations_sent = 0;
  uint64_t forwarded = 0;
  uint64_t malformed = 0;   // datagrams dropped for what they are
  uint64_t unanswered = 0;  // dropped because of stateless_answers_per_second_max

  observe::Histogram<observe::bounds::latency> handshakes;  // completed ones
  uint64_t handshakes_failed = 0;
  uint64_t migrations = 0;                                         // a peer was found at another address
  std::array<uint64_t, observe::label::kClosers.size()> closed{};  // by QuicClose::By
  std::array<uint64_t, observe::kH3Codes.size()> errors_sent{};    // connections that we ended with this code
  std::array<uint64_t, observe::kH3Codes.size()> errors_received{};  // and those that peers did
  transport::QuicTraffic traffic;
};

}  // namespace qp::conn
