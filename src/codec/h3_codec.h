// HTTP/3 (RFC 9114) of one connection, either role: QUIC stream bytes in, message facts out; messages in,
// stream bytes out when the transport pulls them. No socket, no clock, no QUIC library. Framing and rules are
// ours, so that a malformed message costs its stream and not the connection; field compression is nghttp3's.
//
// The connection above may not call the transport from within its callbacks, so whatever the codec wants of
// it is noted as an order and carried out at flush.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "codec/h3_peer_streams.h"
#include "codec/h3_stream.h"

namespace qp::codec {

class H3Codec final : private H3PeerStreamsOwner {
 public:
  struct Parts {
    Role role;
    const H3Settings& settings;
    BlockPool& blocks;
    H3Owner& owner;
    http::StreamAcceptor* acceptor;  // server role; null for a client
    const http::Peer& peer;
    uint64_t seed;  // spreads QPACK's hash table
  };
  explicit H3Codec(const Parts& parts);
  H3Codec(const H3Codec&) = delete;
  H3Codec& operator=(const H3Codec&) = delete;
  ~H3Codec();

  // The transport can carry streams: here are three unidirectional ones for control and QPACK.
  void start(int64_t control, int64_t qpack_encoder, int64_t qpack_decoder);
  bool is_started() const { return local_[0].id >= 0; }

  // What the transport reports. After a failure() nothing more is to be reported.
  void stream_data(int64_t id, H3Bytes bytes, bool fin);
  void stream_reset(int64_t id, uint64_t code);
  void stream_stopped(int64_t id, uint64_t code);
  void stream_acked(int64_t id, uint64_t bytes);
  void stream_unblocked(int64_t id);
  void stream_closed(int64_t id);
  const std::optional<H3Failure>& failure() const { return failure_; }

  // What the transport pulls. A chunk is valid until any other call; taken() says how much of it went out.
  const H3Chunk& next_chunk();
  void taken(int64_t id, size_t bytes);
  void blocked(int64_t id);
  void write_closed(int64_t id);

  // Orders noted since the last call, and the bytes by which the connection's window may open.
  std::vector<H3Order> take_orders();
  uint64_t take_connection_credit() { return std::exchange(shared_.connection_credit, 0); }

  // Client role: a stream for one more request; null when none may be opened now.
  http::Stream* open();
  bool is_open_for_more() const { return is_started() && !failure_ && !is_draining_ && !has_goaway_; }

  // No new requests, in two steps (§5.2): drain() announces it; after a round trip or so finish_drain() names
  // the last request that is served, and refuses what comes behind it.
  void drain();
  void finish_drain();
  bool is_idle() const { return open_requests_ == 0; }
  uint32_t open_requests() const { return open_requests_; }
  // Begun on this connection so far: the IDs of their streams grow by four (RFC 9000 §2.1).
  uint64_t requests() const { return static_cast<uint64_t>(last_request_ + 4) / 4; }
  // Somebody still works on a request. Otherwise all that is left of them is for the peer to acknowledge.
  bool is_serving() const;
  bool has_goaway() const { return has_goaway_; }

  // Server role, once a turn: request heads that have begun since the last call get this deadline. Returns
  // the earliest of all heads that are not complete; kNever: there is none.
  TimePoint await_heads(TimePoint deadline);
  // Those whose deadline is past are refused (408).
  void refuse_late_heads(TimePoint now);

  // The connection is gone: every stream gets this fault.
  void abort(Error error);
  // Destroys streams that the wire and their owners are both done with; true when none is left.
  bool reap();

 private:
  struct Local {  // our control and QPACK streams
    int64_t id = -1;
    H3SendQueue queue;
    bool is_blocked = false;
  };

  void peer_settings(const H3PeerSettings& settings) override;
  H3Result peer_goaway(uint64_t id) override;
  H3Result peer_priority(uint64_t id, std::string_view text) override;
  void peer_stream_ignored(int64_t id) override;

  bool is_request(int64_t id) const { return (id & 3) == 0; }
  H3Result receive(int64_t id, H3Bytes bytes, bool fin);
  H3Stream* find(int64_t id);
  Local* find_local(int64_t id);
  H3Stream& add_stream(int64_t id);
  bool is_refused(int64_t id) const;
  void refuse(int64_t id);
  void note(H3Result result);
  void send_settings();
  void send_goaway(uint64_t id);
  void take_table_acknowledgements();
  bool offer_local(H3Chunk& chunk);

  H3Shared shared_;
  H3PeerStreams peer_streams_;
  std::array<Local, 3> local_;  // control, QPACK encoder, QPACK decoder
  std::unordered_map<int64_t, std::unique_ptr<H3Stream>> streams_;
  uint32_t open_requests_ = 0;         // streams of streams_ that are not closed
  int64_t last_request_ = -4;          // the highest request stream seen
  int64_t request_limit_ = INT64_MAX;  // from there on they are refused
  bool is_draining_ = false;
  bool has_goaway_ = false;
  uint64_t goaway_id_ = UINT64_MAX;
  H3Chunk offered_;
  std::optional<H3Failure> failure_;
};

}  // namespace qp::codec
