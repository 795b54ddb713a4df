// Connection IDs that name their worker (RFC 9000 §5.1), and to a load balancer their instance. Sealed in
// each is one block of AES-128:
//
//   | server ID 0-3 | generation 2 | worker 2 | check 4 | nonce: the rest of 16 |
//
// so clients can neither link the IDs of a connection nor aim at a worker, and any worker can tell whose it
// is. Of the nonces that would do, one is taken for which the first byte of the block is congruent to the
// worker's number: the kernel can then steer datagrams without keys.
//
// An instance behind a load balancer that routes by connection ID (QUIC-LB,
// draft-ietf-quic-load-balancers-21) has a server ID, and its IDs take one of the draft's forms:
//
//   nobody routes    | block 16 |                                      no server ID anywhere
//   in the open      | first octet 1 | server ID 1-3 | block 16 |      what follows the server ID is its
//   nonce encrypted        | first octet 1 | block 16 |                      sealed with the balancer's key;
//   server ID
//                                                                      and nonce are the block (§5.4.1)
//
// The first octet holds the balancer's configuration in three bits and the length of what follows in five
// (§3).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "transport/quic_session.h"
#include "transport/secret.h"

namespace qp::conn {

struct RoutableIds {
  static constexpr size_t kServerIdBytesMax = 3;
  static constexpr uint8_t kConfigIdMax = 6;  // seven means that the ID can't be routed

  std::vector<unsigned char> server_id;              // of this instance; empty: nobody routes
  uint8_t config_id = 0;                             // as the balancer calls its configuration
  std::optional<transport::BlockCipher::Block> key;  // shared with the balancer; none: in the open
};

// How long the IDs are, and where in a datagram with a short header the steering byte stands: behind the
// header's first byte (RFC 9000 §17.3) and what the balancer reads.
size_t id_bytes(const RoutableIds& routing);
uint32_t steering_byte(const RoutableIds& routing);

// What one instance shows of itself to clients and balancers; the same for all its workers.
struct QuicIdentity {
  transport::Secrets secrets;
  RoutableIds routing{};
};

class QuicIdSealer {
 public:
  struct Place {
    uint16_t generation = 0;  // of the process: it changes when a new binary takes over
    uint16_t worker = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  QuicIdSealer(const QuicIdentity& identity, Place place, uint32_t workers);

  transport::ConnectionId make_id();
  // Nothing if no process with one of our secrets made it.
  std::optional<Place> open(transport::Bytes id);
  // Whoever has the secret can reset the connection of an ID (§10.3.2).
  transport::StatelessResetToken reset_token(const transport::ConnectionId& id);
  const Place& place() const { return place_; }
  size_t id_bytes() const { return prefix_.size() + transport::BlockCipher::kBytes; }

 private:
  using Block = transport::BlockCipher::Block;
  struct Keys {  // of one secret
    Keys(const transport::Secret& secret, const RoutableIds& routing);
    transport::BlockCipher id_cipher;
    transport::BlockCipher reset_cipher;
    uint32_t check;
  };
  struct Found {
    Keys* keys;
    Place place;
  };

  std::optional<Found> find(transport::Bytes id);
  Block plain_block(uint32_t check);

  std::vector<std::unique_ptr<Keys>> keys_;  // of the current secret first
  std::vector<unsigned char> prefix_;        // what stands before the block
  std::vector<unsigned char> inner_id_;      // what stands first in it
  Place place_;
  uint32_t workers_;
  uint64_t nonce_ = 0;  // counts up from a random number; the cipher makes it unpredictable
};

}  // namespace qp::conn
