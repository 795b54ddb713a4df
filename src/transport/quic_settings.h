// What we ask of ngtcp2 for a connection: QuicSettings in its words, and the choices that no operator has to
// make.
#pragma once
#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "transport/quic_session.h"

namespace qp::transport {

// ngtcp2_settings borrows its arrays; this keeps them until the connection is made.
class QuicProposal {
 public:
  // `chosen_version` is the one in the client's first packet: a server stays with it, a client begins with
  // it.
  QuicProposal(const QuicSettings& settings, uint32_t chosen_version, TimePoint now);
  QuicProposal(const QuicProposal&) = delete;
  QuicProposal& operator=(const QuicProposal&) = delete;

  ngtcp2_settings settings;
  ngtcp2_transport_params params;

 private:
  void set_mtu_probes(uint32_t udp_payload_bytes_max);

  std::array<uint32_t, 2> versions_;
  std::array<uint16_t, 5> probes_;
};

}  // namespace qp::transport
