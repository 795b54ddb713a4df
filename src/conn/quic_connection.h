// A connection over QUIC that speaks HTTP/3, either role. It joins a session to a codec: what the session
// reports goes straight into the codec, what the codec orders is carried out at flush, and at flush the
// session pulls stream bytes and packs them into the socket's batches.
//
//   handshaking ──> open ──> (draining) ──> ended ──> dead
//                                            the session's closing or draining period (RFC 9000 §10.2)
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/deadlines.h"
#include "base/timer_queue.h"
#include "codec/h3_codec.h"
#include "conn/connection.h"
#include "io/udp.h"
#include "transport/quic_session.h"

namespace qp::conn {

class QuicConnection;
struct QuicRouterStats;
struct SocketWaiters;
struct OpenConnections;

// What the connections of one UDP socket have in common; outlives them.
struct QuicOptions {
  codec::Role role = codec::Role::server;
  http::StreamAcceptor* acceptor = nullptr;  // server role
  std::shared_ptr<const transport::TlsContext> tls;
  transport::QuicSettings quic;
  codec::H3Settings h3;
  // Server role; zero is off.
  Duration head_timeout = std::chrono::seconds(10);  // from a request's first byte to the end of its head
  Duration idle_timeout = std::chrono::seconds(60);  // no request, whatever else keeps QUIC alive
};

// Whoever gives datagrams to connections, as connections see it.
class QuicHome {
 public:
  virtual transport::ConnectionId make_id() = 0;
  virtual transport::StatelessResetToken reset_token(const transport::ConnectionId& id) = 0;
  virtual void add_id(const transport::ConnectionId& id, QuicConnection& connection) = 0;
  virtual void remove_id(const transport::ConnectionId& id) = 0;
  // A token with which that client may come back; written into `out`, returns its size.
  virtual size_t make_token(std::span<unsigned char> out, const Address& remote) = 0;
  virtual io::UdpSocket& socket() = 0;
  // The socket takes no more for now: mark this one dirty when it does.
  virtual void wait_for_socket(QuicConnection& connection) = 0;
  virtual QuicRouterStats& counters() = 0;

 protected:
  ~QuicHome() = default;
};

class QuicConnection final : public Connection,
                             public ListNode<SocketWaiters>,
                             public ListNode<OpenConnections>,
                             private transport::QuicSessionOwner,
                             private transport::QuicStreamSource,
                             private transport::ConnectionIdSource,
                             private codec::H3Owner,
                             private Timer {
 public:
  QuicConnection(Reactor& reactor, ConnectionOwner& owner, QuicHome& home, const QuicOptions& options,
                 const Address& local, const Address& remote);
  ~QuicConnection() override;

  // Each once, before anything else. An error: the connection is good for nothing and never reaches the dead
  // list.
  Result<> accept(const transport::QuicAccept& accept);
  Result<> connect(std::string_view server_name);

  void handle(const io::Datagram& datagram);

  void flush() override;
  void drain() override;
  void close() override;
  bool reap() override;

  bool is_handshake_completed() const { return is_handshake_completed_; }
  bool is_ended() const { return is_ended_; }
  const Error& error() const { return error_; }  // why it has ended
  transport::QuicStats stats() const { return session_->stats(); }
  uint32_t version() const { return session_->version(); }
  // The first one that we chose, for it to be found by; those that are in use may be others by now.
  const transport::ConnectionId& id() const { return id_; }
  uint32_t open_requests() const { return codec_.open_requests(); }
  uint64_t requests() const { return codec_.requests(); }
  uint32_t migrations() const { return migrations_; }
  transport::QuicClose close_cause() const { return session_->close_cause(); }
  // Client role.
  bool is_usable() const { return !is_ended_ && codec_.is_open_for_more(); }
  bool is_idle() const { return codec_.is_idle(); }
  http::Stream* open() { return is_usable() ? codec_.open() : nullptr; }

  // While draining, a client that acknowledges nothing of its last answers for so long is taken for gone.
  static constexpr Duration kFarewell = std::chrono::seconds(5);
  static constexpr int kFlushBatchesMax = 16;  // of up to 64 KiB each; then others have their turn

 private:
  enum class Wait : uint8_t { transport, head, idle, drain, farewell, count };

  // QuicSessionOwner
  void handshake_completed() override { is_handshake_completed_ = true; }
  void transmission_enabled() override { may_transmit_ = true; }
  void stream_opened(int64_t id) override { stream_data(id, {}, false); }
  void stream_data(int64_t id, transport::Bytes bytes, bool fin) override;
  void stream_reset(int64_t id, uint64_t code) override;
  void stream_stopped(int64_t id, uint64_t code) override;
  void stream_acked(int64_t id, uint64_t bytes) override;
  void stream_unblocked(int64_t id) override;
  void stream_closed(int64_t id) override;
  void streams_allowed(uint64_t) override { is_news_ = true; }
  void path_validated(const Address& remote) override;
  // QuicStreamSource
  transport::StreamChunk next_chunk() override;
  void taken(int64_t id, size_t bytes) override { codec_.taken(id, bytes); }
  void blocked(int64_t id) override { codec_.blocked(id); }
  void write_closed(int64_t id) override { codec_.write_closed(id); }
  // ConnectionIdSource
  transport::ConnectionId make_id() override;
  transport::StatelessResetToken reset_token(const transport::ConnectionId& id) override {
    return home_.reset_token(id);
  }
  void add_id(const transport::ConnectionId& id) override { home_.add_id(id, *this); }
  void remove_id(const transport::ConnectionId& id) override { home_.remove_id(id); }
  // H3Owner
  void changed() override { mark_dirty(); }
  void stream_finished() override { mark_dead(); }
  Result<int64_t> open_stream() override { return session_->open_bidirectional(); }
  // Timer
  void due() override { mark_dirty(); }

  transport::QuicSession::Parts session_parts();
  void settle();
  void start_codec();
  void finish_handshake();
  void carry_out_orders();
  void check_requests();
  void begin_drain();
  void check_drain();
  void write();
  TimePoint next_look();
  void end(Error error);
  void refresh_peer();
  bool is_over() const;

  QuicHome& home_;
  const QuicOptions& options_;
  const std::shared_ptr<const transport::TlsContext> tls_;  // options_ may get another one meanwhile
  codec::H3Codec codec_;
  std::unique_ptr<transport::QuicSession> session_;
  Deadlines<Wait> deadlines_;
  const Address local_;
  Address remote_;
  transport::QuicTraffic counted_;  // what home knows of our traffic
  Error error_;
  transport::ConnectionId id_;
  uint32_t migrations_ = 0;
  bool may_transmit_ = false;
  bool is_handshake_completed_ = false;
  bool is_handshake_told_ = false;
  bool is_news_ = false;  // the owner should look
  bool is_draining_ = false;
  bool is_leaving_ = false;  // the whole process is: it doesn't wait to repeat its close packet
  bool is_ended_ = false;
};

}  // namespace qp::conn
