// Connection IDs that name their worker (RFC 9000 §5.1). An ID is one block of AES-128 over
//
//   | generation 2 | worker 2 | check 4 | nonce 8 |
//
// so clients can neither link the IDs of a connection nor aim at a worker, and any worker can tell whose it
// is. Of the nonces that would do, one is taken for which the first byte of the ID is congruent to the
// worker's number: the kernel can then steer datagrams without keys.
#pragma once
#include <cstdint>
#include <optional>

#include "transport/quic_session.h"
#include "transport/secret.h"

namespace qp::conn {

// Where the steering byte stands in a datagram with a short header: behind the first byte (RFC 9000 §17.3).
constexpr uint32_t kSteeringByte = 1;

class QuicIdSealer {
 public:
  static constexpr size_t kIdBytes = transport::BlockCipher::kBytes;

  struct Place {
    uint16_t generation = 0;  // of the process: it changes when a new binary takes over
    uint16_t worker = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  QuicIdSealer(const transport::Secret& secret, Place place, uint32_t workers);

  transport::ConnectionId make_id();
  // Nothing if no process with our secret made it.
  std::optional<Place> open(transport::Bytes id);
  // Whoever has the secret can reset the connection of an ID (§10.3.2).
  transport::StatelessResetToken reset_token(const transport::ConnectionId& id);
  const Place& place() const { return place_; }

 private:
  transport::BlockCipher id_cipher_;
  transport::BlockCipher reset_cipher_;
  Place place_;
  uint32_t workers_;
  uint64_t nonce_ = 0;  // counts up from a random number; the cipher makes it unpredictable
};

}  // namespace qp::conn
