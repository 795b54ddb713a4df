// QUIC packets that belong to no connection (yet, or any more): what a router reads off a datagram, and what
// it answers without keeping state (RFC 9000 §5.2, §6, §8.1, §10.3).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/clock.h"
#include "transport/bytes.h"
#include "transport/quic_session.h"
#include "transport/secret.h"

namespace qp::transport {

constexpr uint32_t kQuicV1 = 0x00000001;
constexpr uint32_t kQuicV2 = 0x6b3343cf;

bool is_version_supported(uint32_t version);

// The part of a datagram's first packet that can be read without keys. Views into the datagram.
struct PacketIds {
  uint32_t version = 0;  // 0 in a long header: version negotiation; in a short one: not told
  Bytes destination;     // up to 255 bytes in versions that we don't know
  Bytes source;          // empty in a short header
  Bytes token;           // of an Initial
  bool is_long = false;
  bool is_initial = false;  // of a version that we speak, well formed up to its packet number
};

// Nothing if it is no QUIC packet. `short_id_bytes` is the length of the IDs that we hand out.
std::optional<PacketIds> decode_packet_ids(Bytes datagram, size_t short_id_bytes);

// Each writer returns the size of the packet, or 0 if it does not fit (or must not be sent).

// Answers a datagram of a version that we don't speak; never one shorter than 1200 bytes (§6.1), nor another
// negotiation.
size_t write_version_negotiation(std::span<unsigned char> out, const PacketIds& received,
                                 size_t received_bytes);

// `retry_id` is the new ID that the client's next Initial goes to.
size_t write_retry(std::span<unsigned char> out, const PacketIds& received, const ConnectionId& retry_id,
                   Bytes token);

// Answers a short-header packet of `received_bytes` with one that is shorter, so that two endpoints can't
// play ping-pong (§10.3.3).
size_t write_stateless_reset(std::span<unsigned char> out, const StatelessResetToken& token,
                             size_t received_bytes);

// Refuses a connection with CONNECTION_CLOSE in an Initial packet, before any state is made.
enum class Refusal : uint64_t { connection_refused = 0x2, invalid_token = 0xb };
size_t write_initial_close(std::span<unsigned char> out, const PacketIds& received, Refusal refusal);

// Address-validation tokens (§8.1), sealed with a key of the current secret and opened with one of any. Time
// is the calendar's, for a token outlives us.
class TokenSeal {
 public:
  static constexpr size_t kBytesMax = 128;

  explicit TokenSeal(const Secrets& secrets);

  enum class Verdict : uint8_t {
    retry,    // it answers our Retry: original_id is the destination of the client's very first Initial
    regular,  // we gave it to this IP address in an earlier connection
    unknown,  // not ours or too old: as if there were no token
    invalid,  // it is a Retry's, and wrong: the connection must be refused (INVALID_TOKEN)
  };
  struct Opened {
    Verdict verdict = Verdict::unknown;
    ConnectionId original_id;
  };

  size_t seal_retry(std::span<unsigned char> out, uint32_t version, const Address& remote,
                    const ConnectionId& retry_id, const ConnectionId& original_id, WallTime now) const;
  size_t seal_regular(std::span<unsigned char> out, const Address& remote, WallTime now) const;
  Opened open(const PacketIds& initial, const Address& remote, WallTime now) const;

 private:
  using Key = std::array<unsigned char, Secret::kBytes>;
  Opened open_with(const Key& key, const PacketIds& initial, const Address& remote, WallTime now) const;

  std::vector<Key> keys_;  // the current one first
};

}  // namespace qp::transport
