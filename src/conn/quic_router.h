// The QUIC connections of one UDP socket: datagrams in, each to the connection that its ID names. What
// belongs to no connection is answered without state, given to the worker it belongs to, or dropped.
//
//   known ID ──────────────────────────────> the connection
//   ID of another worker ──────────────────> forwarded to it
//   short header, otherwise unknown ───────> stateless reset (few, and shorter than what they answer)
//   long header, unknown version ──────────> version negotiation
//   Initial ──> draining, or over a limit ─> refused
//           ──> address must be proven ────> Retry
//           ──> accepted ──────────────────> a new connection
//   everything else ───────────────────────> dropped
//
// Belongs to one worker; it owns the connections, and destroys them when the worker reaps.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "conn/client_limits.h"
#include "conn/quic_connection.h"
#include "conn/quic_stats.h"
#include "conn/quic_token.h"
#include "io/event_loop.h"
#include "transport/quic_packet.h"

namespace qp::conn {

// Takes datagrams that reached the wrong worker. The bytes are lent for the call.
class DatagramForwarder {
 public:
  virtual void forward(uint32_t worker, const io::Datagram& datagram) = 0;

 protected:
  ~DatagramForwarder() = default;
};

struct QuicRouterOptions {
  enum class Retry : uint8_t { off, adaptive, always };
  QuicOptions connections;
  Retry retry = Retry::adaptive;
  uint32_t retry_above_half_open = 256;
  uint32_t stateless_answers_per_second_max = 1000;  // resets, negotiations and refusals
};

class QuicRouter final : private io::EventHandler, private ConnectionOwner, private QuicHome {
 public:
  struct Parts {
    Reactor& reactor;
    ClientLimits& limits;
    DatagramForwarder* forwarder;  // null: there are no other workers
    const QuicIdentity& identity;
    QuicIdSealer::Place place;
    uint32_t workers;
  };
  QuicRouter(const Parts& parts, QuicRouterOptions options, io::UdpSocket socket);
  ~QuicRouter();

  // Reads on where the last turn stopped: one batch a turn. True if there is more.
  bool receive_more();
  // A datagram, whoever has read it off a socket.
  void handle(const io::Datagram& datagram);
  // Behind the connections' flush: what they have written leaves.
  void flush();

  // Client role: `owner` is told of changes, and that the connection is about to be destroyed.
  Result<QuicConnection*> connect(ConnectionOwner& owner, const Address& remote,
                                  std::string_view server_name);

  // For connections to come.
  void set_tls(std::shared_ptr<const transport::TlsContext> tls) {
    options_.connections.tls = std::move(tls);
  }
  // No new connections; those that are there finish what they do.
  void drain();
  void close_all();

  size_t live() const { return connections_.size(); }
  // Of the connections that are there, the newest first, at most so many.
  void visit_newest(size_t count_max, const std::function<void(const QuicConnection&)>& visitor) const;
  const QuicRouterStats& stats() const { return stats_; }
  const io::UdpSocket& udp() const { return socket_; }

 private:
  struct Entry;
  struct IdHash {  // clients choose some of the IDs, so that the function must be a secret
    uint64_t seed;
    size_t operator()(const transport::ConnectionId& id) const;
  };

  // EventHandler
  void handle_events(io::Events events, const Turn& turn) override;
  // ConnectionOwner
  void connection_changed(Connection& connection) override;
  void destroy(Connection& connection) override;
  // QuicHome
  transport::ConnectionId make_id() override { return ids_.make_id(); }
  transport::StatelessResetToken reset_token(const transport::ConnectionId& id) override {
    return ids_.reset_token(id);
  }
  void add_id(const transport::ConnectionId& id, QuicConnection& connection) override;
  void remove_id(const transport::ConnectionId& id) override;
  size_t make_token(std::span<unsigned char> out, const Address& remote) override;
  io::UdpSocket& socket() override { return socket_; }
  void wait_for_socket(QuicConnection& connection) override;
  QuicRouterStats& counters() override { return stats_; }

  void handle_stranger(const io::Datagram& datagram, const transport::PacketIds& ids);
  void handle_initial(const io::Datagram& datagram, const transport::PacketIds& ids);
  void accept(const io::Datagram& datagram, const transport::PacketIds& ids,
              const transport::TokenSeal::Opened& token);
  void add(std::unique_ptr<Entry> entry);
  bool needs_retry() const;
  void send_retry(const io::Datagram& datagram, const transport::PacketIds& ids);
  void send_reset(const io::Datagram& datagram, const transport::PacketIds& ids);
  void refuse(const io::Datagram& datagram, const transport::PacketIds& ids, transport::Refusal refusal);
  void leave_half_open(Entry& entry);
  void count_end(const QuicConnection& connection);
  bool may_answer();
  template <typename Write>
  bool answer(const io::Datagram& datagram, Write write);

  Parts parts_;
  QuicRouterOptions options_;
  io::UdpSocket socket_;
  QuicIdSealer ids_;
  transport::TokenSeal tokens_;
  std::unordered_map<transport::ConnectionId, QuicConnection*, IdHash> by_id_;
  std::unordered_map<const Connection*, std::unique_ptr<Entry>> connections_;
  List<QuicConnection, OpenConnections> newest_first_;
  List<QuicConnection, SocketWaiters> waiting_;
  QuicRouterStats stats_;
  uint32_t answers_left_;
  TimePoint answers_since_;
  bool is_readable_ = false;
  bool awaits_room_ = false;  // in the socket: the loop tells when there is some
  bool is_draining_ = false;
};

}  // namespace qp::conn
