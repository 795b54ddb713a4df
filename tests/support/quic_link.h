// Two QUIC sessions, the network between them and the clock above them, all of it simulated: what happens
// depends on the seed and on nothing else.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"
#include "support/certificates.h"
#include "support/quic_peer.h"
#include "transport/quic_packet.h"
#include "transport/quic_session.h"
#include "transport/tls_context.h"

namespace qp::test {

class QuicLink {
 public:
  // Of every datagram, in both directions.
  struct Network {
    Duration latency = std::chrono::milliseconds(10);  // one way
    Duration jitter{};                                 // up to so much more; datagrams overtake each other
    uint32_t loss_percent = 0;
    uint32_t duplicate_percent = 0;
    uint32_t corrupt_percent = 0;           // one byte of it is changed
    size_t datagram_bytes_max = 1500 - 48;  // larger ones vanish
    uint64_t bytes_per_second = 0;          // 0: as fast as you like
    uint8_t ecn_mask = 3;                   // 0: a network that washes ECN off
  };
  enum class Admission { at_once, retry };

  explicit QuicLink(uint64_t seed = 1);
  QuicLink(const QuicLink&) = delete;
  QuicLink& operator=(const QuicLink&) = delete;
  ~QuicLink();

  // Makes the client's session; the server's is made when the first packet reaches it.
  void connect(std::string_view server_name = "example.com");
  // Lets time pass until `is_done`; false if that takes longer than `limit`.
  bool run_until(const std::function<bool()>& is_done, Duration limit = std::chrono::seconds(30));
  void run_for(Duration duration);
  // connect(), and both ends have completed the handshake.
  bool shake_hands();

  // From now on the server sees the client at another address, and what is sent to the old one vanishes.
  void rebind_client(const Address& address) { client_address = address; }
  // Bytes that reach one end from the other's address.
  void inject(QuicPeer& to, std::string datagram);
  void advance(Duration duration) { now += duration; }

  Certificates certificates;
  std::shared_ptr<const transport::TlsContext> server_tls;
  std::shared_ptr<const transport::TlsContext> client_tls;
  transport::QuicSettings server_settings;
  transport::QuicSettings client_settings;
  transport::TokenSeal seal{transport::Secret::random()};
  Admission admission = Admission::at_once;
  Network network;
  Address client_address;
  Address server_address;

  QuicPeer client;
  QuicPeer server;
  TimePoint now{std::chrono::seconds(1000)};
  Result<> client_end;  // the first error of each session
  Result<> server_end;
  // Every batch that write() returned.
  std::vector<transport::Outgoing> client_batches;
  std::vector<transport::Outgoing> server_batches;
  uint64_t datagrams_delivered = 0;
  int retries_sent = 0;

 private:
  struct Datagram {
    QuicPeer* to;
    Address source;
    Address destination;
    std::string bytes;
    uint8_t ecn;
  };

  void flush(QuicPeer& peer);
  void post(QuicPeer& to, const transport::Outgoing& batch, std::string bytes);
  void deliver(Datagram& datagram);
  void admit(Datagram& datagram);
  void send_retry(const transport::PacketIds& ids, const Address& to);
  void expire(QuicPeer& peer);
  void note_end(QuicPeer& peer, const Result<>& result);
  TimePoint next_event() const;

  const Address client_local_;  // what the client itself believes
  Random random_;
  std::multimap<TimePoint, Datagram> under_way_;
  TimePoint link_free_at_[2] = {};
};

}  // namespace qp::test
