// One QUIC connection (RFC 9000, 9001, 9002, 9369), either role, over ngtcp2: datagrams in, facts out;
// datagrams out, bytes pulled. No socket, no clock, no thread: two sessions joined by an array of datagrams
// are a whole network.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/clock.h"
#include "base/result.h"
#include "transport/bytes.h"

namespace qp::transport {

class TlsContext;

// A connection ID as it stands in packets (RFC 9000 §5.1).
struct ConnectionId {
  static constexpr size_t kBytesMax = 20;
  std::array<unsigned char, kBytesMax> data{};
  uint8_t size = 0;

  ConnectionId() = default;
  explicit ConnectionId(Bytes bytes);
  Bytes bytes() const { return {data.data(), size}; }
  friend bool operator==(const ConnectionId& a, const ConnectionId& b);
};

struct ConnectionIdHash {
  size_t operator()(const ConnectionId& id) const;
};

using StatelessResetToken = std::array<unsigned char, 16>;

// Makes the IDs that the peer will address us by, and their reset tokens; the router's business. All IDs have
// the same size. A session gives back whatever it still has when it is destroyed.
class ConnectionIdSource {
 public:
  virtual ConnectionId make_id() = 0;
  virtual StatelessResetToken reset_token(const ConnectionId& id) = 0;
  // The peer may use it from now on (the destination of a client's first packets included) / will not use it
  // again.
  virtual void add_id(const ConnectionId& id) = 0;
  virtual void remove_id(const ConnectionId& id) = 0;

 protected:
  ~ConnectionIdSource() = default;
};

// What a session learns while it handles a datagram or a deadline. The owner notes it; it must not call back
// into the session before handle() or expire() has returned.
class QuicSessionOwner {
 public:
  virtual void handshake_completed() = 0;
  // 1-RTT (or, on a client, early) keys are there: streams may be opened and written.
  virtual void transmission_enabled() = 0;
  virtual void stream_opened(int64_t id) = 0;                        // by the peer
  virtual void stream_data(int64_t id, Bytes bytes, bool fin) = 0;   // in order; lent for the call only
  virtual void stream_reset(int64_t id, uint64_t error_code) = 0;    // RESET_STREAM arrived
  virtual void stream_stopped(int64_t id, uint64_t error_code) = 0;  // STOP_SENDING arrived
  virtual void stream_acked(int64_t id, uint64_t bytes) = 0;         // that many more, in order
  virtual void stream_unblocked(int64_t id) = 0;                 // the peer's MAX_STREAM_DATA lets us go on
  virtual void stream_closed(int64_t id) = 0;                    // both directions over and acknowledged
  virtual void streams_allowed(uint64_t bidirectional_max) = 0;  // client: how many we may have opened in all
  virtual void path_validated(
      const Address& remote) = 0;  // the peer lives there now (migration, RFC 9000 §9)

 protected:
  ~QuicSessionOwner() = default;
};

// Where write() gets stream bytes from. Bytes offered stay valid until stream_acked() has covered them or the
// stream is closed, for they may have to be sent again.
struct StreamChunk {
  static constexpr size_t kPiecesMax = 16;
  int64_t id = -1;   // -1: nothing to send now
  bool fin = false;  // the stream ends behind these pieces
  size_t piece_count = 0;
  std::array<Bytes, kPiecesMax> pieces;
};

class QuicStreamSource {
 public:
  // Asked again as soon as all of the last chunk is taken, or its stream is blocked or closed.
  virtual StreamChunk next_chunk() = 0;
  // That much of the chunk is in a packet (0 with fin: the end is). A long chunk is taken in several
  // portions; what is left of it when write() returns is forgotten here, and offered again by the next
  // next_chunk().
  virtual void taken(int64_t id, size_t bytes) = 0;
  virtual void blocked(int64_t id) = 0;       // flow control: don't offer it until stream_unblocked()
  virtual void write_closed(int64_t id) = 0;  // the stream takes no more (it was reset): don't offer it again

 protected:
  ~QuicStreamSource() = default;
};

enum class Congestion : uint8_t { bbr, cubic, reno };

struct QuicSettings {
  uint64_t streams_max = 100;                 // bidirectional streams that the peer may have open
  uint64_t stream_window_bytes = 256 * 1024;  // what the peer may send on a stream before we consume any
  uint64_t stream_window_bytes_max = 6 * 1024 * 1024;  // it grows up to here as the path's BDP asks for it
  uint64_t connection_window_bytes = 1024 * 1024;
  uint64_t connection_window_bytes_max = 24 * 1024 * 1024;
  Duration idle_timeout = std::chrono::seconds(30);
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration keep_alive{};  // 0: off
  Congestion congestion = Congestion::bbr;
  uint32_t udp_payload_bytes_max = 1452;  // path MTU discovery does not probe above it
  uint32_t version = 1;                   // a client's first choice; a server speaks all that we know
};

// What a server knows about a new connection from its first packet, after the router has judged it.
struct QuicAccept {
  uint32_t version = 0;
  ConnectionId client_id;    // source ID of the client's Initial: what we address it by
  ConnectionId first_id;     // destination ID of that Initial
  ConnectionId original_id;  // after a Retry: the destination ID of the very first Initial; else empty
  Bytes token;               // as it came in that Initial
  bool is_address_validated = false;  // the token proved it: no 3x limit (RFC 9000 §8.1)
};

// Datagrams ready to be sent: `bytes` of the buffer, in datagrams of `segment_bytes` (the last may be
// shorter).
struct Outgoing {
  size_t bytes = 0;  // 0: nothing to send
  size_t segment_bytes = 0;
  uint8_t ecn = 0;
  Address local;
  Address remote;
};

// How a session ended (RFC 9000 §10).
struct QuicClose {
  enum class By : uint8_t { nobody, us, peer, stateless_reset, idle };
  enum class Kind : uint8_t { transport, application };
  By by = By::nobody;
  Kind kind = Kind::transport;
  uint64_t code = 0;
};

struct QuicTraffic {  // only grows
  uint64_t packets_sent = 0;
  uint64_t packets_received = 0;
  uint64_t packets_lost = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;

  // What has come since a session's traffic was `before`.
  void add(const QuicTraffic& now, const QuicTraffic& before) {
    packets_sent += now.packets_sent - before.packets_sent;
    packets_received += now.packets_received - before.packets_received;
    packets_lost += now.packets_lost - before.packets_lost;
    bytes_sent += now.bytes_sent - before.bytes_sent;
    bytes_received += now.bytes_received - before.bytes_received;
  }
};

struct QuicStats {
  Duration smoothed_rtt{};
  Duration rtt_min{};  // zero: none was measured yet
  uint64_t congestion_window_bytes = 0;
  uint64_t bytes_in_flight = 0;
  QuicTraffic traffic;
};

class QuicSession {
 public:
  struct Parts {
    QuicSessionOwner& owner;
    QuicStreamSource& source;
    ConnectionIdSource& ids;
    const TlsContext& tls;
    const QuicSettings& settings;
    Address local;
    Address remote;
    TimePoint now;
  };
  static Result<std::unique_ptr<QuicSession>> accept(const Parts& parts, const QuicAccept& accept);
  static Result<std::unique_ptr<QuicSession>> connect(const Parts& parts, std::string_view server_name);
  virtual ~QuicSession() = default;

  // A datagram for this connection. An error means that the session has ended: write() returns a close packet
  // if one is due, and at deadline() it is over and may be destroyed.
  virtual Result<> handle(std::span<unsigned char> datagram, const Address& local, const Address& remote,
                          uint8_t ecn, TimePoint now) = 0;
  virtual Result<> expire(TimePoint now) = 0;  // deadline() has come
  virtual TimePoint deadline() const = 0;      // loss detection, pacing, idle, acks: the earliest

  // Packs what there is to send: acks, frames, and bytes pulled from the source, as full-sized datagrams one
  // behind the other, ready for segmentation offload. Call until it returns nothing or the socket blocks. A
  // session may find out here, too, that it has ended: is_closing() and is_over() tell.
  virtual Outgoing write(std::span<unsigned char> buffer, TimePoint now) = 0;

  virtual Result<int64_t> open_bidirectional() = 0;  // would_block: the peer allows no more for now
  virtual Result<int64_t> open_unidirectional() = 0;
  // The application has used up that many bytes: the windows may open again (RFC 9000 §4).
  virtual void extend_stream(int64_t id, uint64_t bytes) = 0;
  virtual void extend_connection(uint64_t bytes) = 0;
  virtual void allow_streams(uint64_t more) = 0;  // one was closed: the peer may open another
  virtual void reset_stream(int64_t id, uint64_t error_code) = 0;  // RESET_STREAM
  virtual void stop_stream(int64_t id, uint64_t error_code) = 0;   // STOP_SENDING
  // Server, once the handshake is complete: a token that validates the client's address when it comes back
  // (§8.1.3).
  virtual void send_token(Bytes token) = 0;
  // While somebody waits for us the session pings now and then, so that the idle timeout of neither side ends
  // it (§10.1.2). Otherwise it does so only if the settings say.
  virtual void set_busy(bool is_busy) = 0;
  // Ends the connection with CONNECTION_CLOSE of the application's kind; write() returns the packet.
  virtual void close(uint64_t application_error_code, std::string_view reason) = 0;

  virtual bool is_handshake_completed() const = 0;
  // The session's ends:  open ──> closing or draining ──> over  (or over at once: idle, reset, refused).
  virtual bool is_closing() const = 0;   // only the close packet may be sent, in answer to packets (§10.2.1)
  virtual bool is_draining() const = 0;  // the peer has closed: nothing may be sent (§10.2.2)
  virtual bool is_over() const = 0;      // nothing comes or goes any more: its owner should destroy it
  virtual QuicClose close_cause() const = 0;
  virtual QuicStats stats() const = 0;
  virtual std::string server_name() const = 0;  // SNI, lower case
  virtual std::string cipher() const = 0;
  virtual uint32_t version() const = 0;  // the one that is spoken now (RFC 9369 §4 may change it once)
};

}  // namespace qp::transport
