// The packet that closed a session, kept for a peer that has not heard of it and goes on sending
// (RFC 9000 §10.2.1).
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/address.h"
#include "transport/quic_session.h"

namespace qp::transport {

class QuicClosePacket {
 public:
  // To be sent now, and perhaps again.
  void keep(std::span<const unsigned char> packet, const Address& local, const Address& remote) {
    packet_.assign(packet.begin(), packet.end());
    local_ = local;
    remote_ = remote;
    is_due_ = true;
  }

  // The peer has sent something. It gets fewer and fewer answers: to its packets 1, 2, 4, 8...
  void note_packet() {
    if (std::has_single_bit(++packets_heard_)) is_due_ = true;
  }

  // Nothing if it is not due, or if `buffer` is too small.
  Outgoing take(std::span<unsigned char> buffer) {
    if (!std::exchange(is_due_, false) || buffer.size() < packet_.size()) return {};
    std::ranges::copy(packet_, buffer.begin());
    return {.bytes = packet_.size(),
            .segment_bytes = packet_.size(),
            .ecn = 0,
            .local = local_,
            .remote = remote_};
  }

 private:
  std::vector<unsigned char> packet_;
  Address local_;
  Address remote_;
  uint64_t packets_heard_ = 0;
  bool is_due_ = false;
};

}  // namespace qp::transport
