// A connection over TCP or a Unix socket, either role, with or without TLS: socket, transport and codec.
//
//   client:  connecting ─► handshaking ─► open ─────────────────────► dead
//   server:                handshaking ─► open ─► lingering ────────► dead       (any state may go to dead at
//   once)
//
// Readiness is edge-triggered: the connection remembers what it has not used up. It reads and writes a
// bounded amount a turn; what is left over keeps it on the reactor's dirty list, so the worker must not sleep
// while that list isn't empty. A connection whose codec wants no input reads nothing, and the kernel's window
// holds the peer back.
//
// A client that ends its side behind a complete request still gets its answer: it may only have half-closed.
// One that has gone altogether shows by the reset that our next bytes bring, and before that the timeouts
// bound what is done for it. Once the answer has begun, an end means that the client wants no more of it.
//
// A message that is cut off ends in a reset: an orderly end could make it look complete (RFC 9112 §8).
//
// Lingering (RFC 9112 §9.6): our side is closed, and what still comes in is thrown away for a bounded time,
// so that a reset can't overtake our last response. After so many bytes nothing is read any more: the kernel
// holds the peer back until it has read our answer or the time is over.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/deadlines.h"
#include "base/timer_queue.h"
#include "codec/codec.h"
#include "conn/codec_factory.h"
#include "conn/connection.h"
#include "io/event_loop.h"
#include "io/socket.h"

namespace qp::transport {
class TlsContext;
class TlsSession;
}  // namespace qp::transport

namespace qp::conn {

// What the connections of one listener or one backend have in common; outlives them. A timeout of zero is
// off.
struct TcpOptions {
  codec::Role role = codec::Role::server;
  CodecFactory* codecs = nullptr;
  std::shared_ptr<const transport::TlsContext> tls;  // null: plain
  std::string server_name;                           // client role: for SNI and verification
  std::string unix_socket;                           // client role: path of a socket instead of an address
  Duration handshake_timeout =
      std::chrono::seconds(10);                       // TLS, from accept (server) or from connect (client)
  Duration head_timeout = std::chrono::seconds(10);   // server role: from a head's first byte to its end
  Duration idle_timeout = std::chrono::seconds(60);   // nothing under way
  Duration write_timeout = std::chrono::seconds(60);  // bytes wait and the peer takes none of them
  Duration linger_timeout = std::chrono::seconds(2);
};

class TcpConnection final : public Connection,
                            private io::EventHandler,
                            private codec::CodecOwner,
                            private Timer {
 public:
  enum class State : uint8_t { connecting, handshaking, open, lingering, dead };

  // Server role. The owner is told when a TLS handshake is done, and of its death.
  TcpConnection(Reactor& reactor, ConnectionOwner& owner, const TcpOptions& options, io::Accepted accepted);
  // Client role: starts to connect; the owner is told when it is open or dead, never from within the
  // constructor.
  TcpConnection(Reactor& reactor, ConnectionOwner& owner, const TcpOptions& options, const Address& remote,
                TimePoint connect_deadline);
  ~TcpConnection() override;

  void flush() override;
  void drain() override;
  void close() override;
  bool reap() override;

  State state() const { return state_; }
  bool is_dead() const { return state_ == State::dead; }
  bool was_open() const { return codec_ != nullptr; }
  bool is_idle() const { return state_ == State::open && codec_->is_idle(); }
  // Client role: open() would give a stream.
  bool is_usable() const {
    return state_ == State::open && !ended_ && options_.role == codec::Role::client &&
           codec_->is_open_for_more();
  }
  http::Stream* open();
  // Why it is dead.
  const Error& error() const { return error_; }

  // 0 before it was open.
  uint64_t requests() const { return codec_ != nullptr ? codec_->requests() : 0; }
  // Bytes on the wire so far, TLS included.
  uint64_t bytes_received() const { return bytes_received_; }
  uint64_t bytes_sent() const { return bytes_sent_; }
  // Bytes that wait here because the socket takes no more: encrypted already, so at most one batch.
  size_t waiting_bytes() const;

  static constexpr size_t kTurnReadBytesMax = 512 * 1024;
  static constexpr size_t kTurnWriteBytesMax = 1024 * 1024;
  static constexpr size_t kWriteBytesMax = 256 * 1024;  // one system call
  static constexpr size_t kWritePiecesMax = 64;
  static constexpr size_t kLingerBytesMax = 1024 * 1024;

 private:
  enum class Wait : uint8_t { connect, handshake, head, idle, write, linger, count };

  void handle_events(io::Events events, const Turn& turn) override;  // EventHandler
  void changed() override;                                           // CodecOwner
  void due() override;                                               // Timer

  void start(io::Fd fd, const Address& remote);
  void finish_connecting();
  void begin_transport();
  void begin_messages(std::string_view alpn);

  void read();
  bool wants_input() const;
  void read_plain();
  void read_cipher();
  void discard();
  bool note_read(const Result<size_t>& got, size_t asked);
  void deliver(Slice bytes);
  void handle_end();

  void write();
  size_t write_codec();
  size_t write_cipher();
  size_t write_pieces(std::span<const std::span<const unsigned char>> pieces);
  bool has_output();

  void settle();
  void check_deadlines();
  void set_deadlines();
  void tell_owner();
  void finish();
  void die(Error error);
  Error blame(ErrorCode code, const char* detail) const;

  const TcpOptions& options_;
  std::unique_ptr<codec::Codec> codec_;  // from `open` on
  std::shared_ptr<const transport::TlsContext>
      context_;                                 // that tls_ began with: `options_` may get another one
  std::unique_ptr<transport::TlsSession> tls_;  // null: plain
  io::Fd fd_;
  Deadlines<Wait> deadlines_;
  TimePoint active_at_;  // bytes moved last
  uint64_t sent_at_head_ =
      0;  // bytes_sent_ when the head deadline was set: a response in between sets it anew
  uint64_t sent_at_block_ = 0;  // the same for the write deadline
  uint64_t bytes_received_ = 0;
  uint64_t bytes_sent_ = 0;
  size_t lingered_bytes_ = 0;
  Error error_{};
  State state_;
  bool readable_ = false;
  bool writable_ = false;
  bool reads_to_end_ = false;  // the end is in the socket's queue: a short read is not the last one
  bool reads_full_ =
      false;                // the last read filled what it was given: a stream of data, ask for a whole block
  bool ended_ = false;      // the peer has ended its side
  bool is_broken_ = false;  // the codec can't go on: say what it has to say, then close
  bool is_draining_ = false;
  bool is_free_ = false;  // as the owner was told: usable
};

}  // namespace qp::conn
