#include "conn/quic_connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "conn/quic_stats.h"
#include "transport/quic_packet.h"
#include "transport/tls_context.h"

namespace qp::conn {

namespace {

// How long requests that were sent before our GOAWAY arrived are still taken, at least.
constexpr Duration kGoawayGrace = std::chrono::milliseconds(50);
// The library acknowledges within an eighth of the round trip, which on a short path is sooner than any
// backend answers. That much later is still far below what we promise (max_ack_delay, RFC 9000 §13.2.1).
constexpr Duration kAcknowledgementWait = std::chrono::milliseconds(1);

TimePoint after(TimePoint start, Duration timeout) {
  return timeout == Duration::zero() ? kNever : start + timeout;
}

Error error_of(const transport::QuicClose& cause, codec::Role role) {
  const Origin peer = role == codec::Role::server ? Origin::client : Origin::upstream;
  using By = transport::QuicClose::By;
  switch (cause.by) {
    case By::peer: return {ErrorCode::closed, peer, "the peer closed the connection"};
    case By::stateless_reset: return {ErrorCode::reset, peer, "the peer has forgotten the connection"};
    case By::idle: return {ErrorCode::timed_out, peer, "the connection was idle for too long"};
    case By::us: return {ErrorCode::malformed, peer, "the peer broke the rules of QUIC"};
    case By::nobody: break;
  }
  return {ErrorCode::unreachable, peer, "no QUIC connection came about"};
}

}  // namespace

QuicConnection::QuicConnection(Reactor& reactor, ConnectionOwner& owner, QuicHome& home,
                               const QuicOptions& options, const Address& local, const Address& remote)
    : Connection(reactor, owner),
      home_(home),
      options_(options),
      tls_(options.tls),
      codec_({.role = options.role,
              .settings = options.h3,
              .blocks = reactor.blocks,
              .owner = *this,
              .acceptor = options.acceptor,
              .peer = peer_,
              .seed = reactor.random.next()}),
      local_(local),
      remote_(remote) {
  peer_.address = remote.unmapped().ip_text();
  peer_.port = remote.port();
  peer_.local_address = local.unmapped().ip_text();
  peer_.local_port = local.port();
  peer_.is_encrypted = true;
  peer_.tls_version = "TLSv1.3";                      // RFC 9001 §4.2 knows no other
  peer_.connection_id = reactor.random.next() >> 11;  // 53 bits: a number that JSON readers keep whole
}

QuicConnection::~QuicConnection() {
  reactor_.timers.disarm(*this);
}

transport::QuicSession::Parts QuicConnection::session_parts() {
  return {.owner = *this,
          .source = *this,
          .ids = *this,
          .tls = *tls_,
          .settings = options_.quic,
          .local = local_,
          .remote = remote_,
          .now = reactor_.turn.now};
}

Result<> QuicConnection::accept(const transport::QuicAccept& accept) {
  auto session = transport::QuicSession::accept(session_parts(), accept);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  return {};
}

Result<> QuicConnection::connect(std::string_view server_name) {
  auto session = transport::QuicSession::connect(session_parts(), server_name);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  mark_dirty();
  return {};
}

void QuicConnection::handle(const io::Datagram& datagram) {
  // A client leaves the choice of its local address to the kernel, and takes any for one and the same.
  const Address& local = options_.role == codec::Role::client ? local_ : datagram.local;
  // An error shows in the session's state, which settle() looks at.
  (void)session_->handle(datagram.bytes, local, datagram.remote, datagram.ecn, reactor_.turn.now);
  settle();
  mark_dirty();
}

void QuicConnection::flush() {
  if (session_->deadline() <= reactor_.turn.now) (void)session_->expire(reactor_.turn.now);
  settle();
  check_requests();
  check_drain();
  session_->set_busy(!codec_.is_idle());
  write();
  settle();
  deadlines_.set(Wait::transport, next_look());
  reactor_.timers.arm(*this, deadlines_.earliest());
  if (is_over()) mark_dead();
}

void QuicConnection::drain() {
  is_leaving_ = true;
  begin_drain();
}

void QuicConnection::begin_drain() {
  if (std::exchange(is_draining_, true)) return;
  if (!is_handshake_completed_) return close();
  codec_.drain();
  const Duration grace = std::max(kGoawayGrace, 2 * session_->stats().smoothed_rtt);
  deadlines_.set(Wait::drain, reactor_.turn.now + grace);
  mark_dirty();
}

void QuicConnection::close() {
  if (is_ended_) return;
  session_->close(static_cast<uint64_t>(codec::H3Code::no_error), "");
  end({ErrorCode::closed, Origin::self, "we closed the connection"});
}

bool QuicConnection::reap() {
  const bool is_empty = codec_.reap();
  return is_empty && is_over();
}

bool QuicConnection::is_over() const {
  return session_->is_over() || (is_ended_ && is_leaving_);
}

// ---- What the session reports. Nothing of it calls the session back.

void QuicConnection::stream_data(int64_t id, transport::Bytes bytes, bool fin) {
  if (!codec_.failure()) codec_.stream_data(id, bytes, fin);
}
void QuicConnection::stream_reset(int64_t id, uint64_t code) {
  if (!codec_.failure()) codec_.stream_reset(id, code);
}
void QuicConnection::stream_stopped(int64_t id, uint64_t code) {
  if (!codec_.failure()) codec_.stream_stopped(id, code);
}
void QuicConnection::stream_acked(int64_t id, uint64_t bytes) {
  codec_.stream_acked(id, bytes);
}
void QuicConnection::stream_unblocked(int64_t id) {
  codec_.stream_unblocked(id);
}
void QuicConnection::stream_closed(int64_t id) {
  codec_.stream_closed(id);
}

// Until this the old address stays the peer's identity: whoever spoofs a source must not pass for somebody
// else.
void QuicConnection::path_validated(const Address& remote) {
  if (!(remote == remote_)) {
    ++migrations_;
    ++home_.counters().migrations;
  }
  remote_ = remote;
  peer_.address = remote.unmapped().ip_text();
  peer_.port = remote.port();
}

transport::ConnectionId QuicConnection::make_id() {
  const transport::ConnectionId id = home_.make_id();
  if (id_.size == 0) id_ = id;
  return id;
}

transport::StreamChunk QuicConnection::next_chunk() {
  const codec::H3Chunk& offered = codec_.next_chunk();
  transport::StreamChunk chunk;
  chunk.id = offered.id;
  chunk.fin = offered.fin;
  chunk.piece_count = offered.piece_count;
  std::copy_n(offered.pieces.begin(), offered.piece_count, chunk.pieces.begin());
  return chunk;
}

// ---- Between the session's calls.

// Looks at what the session and the codec have come to, and does what that asks for.
void QuicConnection::settle() {
  if (is_ended_) return;
  if (may_transmit_ && !codec_.is_started()) start_codec();
  if (codec_.failure()) {
    session_->close(static_cast<uint64_t>(codec_.failure()->code), codec_.failure()->detail);
    const Origin peer = options_.role == codec::Role::server ? Origin::client : Origin::upstream;
    return end({ErrorCode::malformed, peer, codec_.failure()->detail});
  }
  if (session_->is_closing() || session_->is_draining() || session_->is_over()) {
    return end(error_of(session_->close_cause(), options_.role));
  }
  if (is_handshake_completed_ && !is_handshake_told_) finish_handshake();
  carry_out_orders();
  refresh_peer();
  if (std::exchange(is_news_, false)) owner_.connection_changed(*this);
}

void QuicConnection::start_codec() {
  std::array<int64_t, 3> ids{};
  for (int64_t& id : ids) {
    const Result<int64_t> opened = session_->open_unidirectional();
    if (!opened) {  // RFC 9114 §6.2: a peer has to allow at least these
      session_->close(static_cast<uint64_t>(codec::H3Code::stream_creation_error),
                      "no room for control streams");
      return;
    }
    id = *opened;
  }
  codec_.start(ids[0], ids[1], ids[2]);
}

void QuicConnection::finish_handshake() {
  is_handshake_told_ = is_news_ = true;
  peer_.cipher = session_->cipher();
  peer_.server_name = session_->server_name();
  if (options_.role == codec::Role::client) return;
  peer_.certificate_names = tls_->names(peer_.server_name);
  std::array<unsigned char, transport::TokenSeal::kBytesMax> token;
  const size_t size = home_.make_token(token, remote_);
  session_->send_token(std::span(token).first(size));
}

void QuicConnection::carry_out_orders() {
  using Kind = codec::H3Order::Kind;
  for (const codec::H3Order& order : codec_.take_orders()) {
    switch (order.kind) {
      case Kind::extend_stream: session_->extend_stream(order.id, order.value); break;
      case Kind::reset_stream: session_->reset_stream(order.id, order.value); break;
      case Kind::stop_stream: session_->stop_stream(order.id, order.value); break;
      case Kind::allow_stream: session_->allow_streams(order.value); break;
    }
  }
  if (const uint64_t credit = codec_.take_connection_credit(); credit > 0)
    session_->extend_connection(credit);
}

// Heads that don't end, and clients that ask for nothing. Once a turn, whatever the number of packets.
void QuicConnection::check_requests() {
  if (options_.role == codec::Role::client || is_ended_) return;
  const TimePoint now = reactor_.turn.now;
  codec_.refuse_late_heads(now);
  deadlines_.set(Wait::head, codec_.await_heads(after(now, options_.head_timeout)));
  if (!is_handshake_completed_ || is_draining_ || !codec_.is_idle()) {
    deadlines_.clear(Wait::idle);
  } else if (!deadlines_.is_set(Wait::idle)) {
    deadlines_.set(Wait::idle, after(now, options_.idle_timeout));
  } else if (deadlines_.is_past(Wait::idle, now)) {
    begin_drain();
  }
}

void QuicConnection::check_drain() {
  if (!is_draining_ || is_ended_) return;
  if (deadlines_.is_past(Wait::drain, reactor_.turn.now)) {
    deadlines_.clear(Wait::drain);
    codec_.finish_drain();
  }
  if (deadlines_.is_set(Wait::drain)) return;
  if (codec_.is_idle() || deadlines_.is_past(Wait::farewell, reactor_.turn.now)) return close();
  if (codec_.is_serving()) {
    deadlines_.clear(Wait::farewell);
  } else if (!deadlines_.is_set(Wait::farewell)) {
    deadlines_.set(Wait::farewell, reactor_.turn.now + kFarewell);
  }
}

void QuicConnection::write() {
  io::UdpSocket& socket = home_.socket();
  for (int batch = 0; batch < kFlushBatchesMax; ++batch) {
    const std::span<unsigned char> room = socket.reserve(io::UdpSocket::kBatchBytesMax);
    if (room.empty()) return home_.wait_for_socket(*this);
    const transport::Outgoing out = session_->write(room, reactor_.turn.now);
    if (out.bytes == 0) return;
    const Address local = options_.role == codec::Role::client ? Address() : out.local;
    socket.commit(out.bytes, out.segment_bytes, local, out.remote, out.ecn);
  }
  mark_dirty();
}

// With nothing to send, what is due so soon is an acknowledgement, and had better leave with an answer.
TimePoint QuicConnection::next_look() {
  const TimePoint due = session_->deadline();
  if (!is_handshake_completed_ || is_ended_ || codec_.next_chunk().id >= 0) return due;
  return std::max(due, reactor_.turn.now + kAcknowledgementWait);
}

void QuicConnection::end(Error error) {
  is_ended_ = true;
  error_ = error;
  refresh_peer();
  codec_.abort(error);
  deadlines_.clear();  // flush() sets the session's own again
  owner_.connection_changed(*this);
  mark_dirty();
}

void QuicConnection::refresh_peer() {
  const transport::QuicStats stats = session_->stats();
  peer_.smoothed_rtt = stats.smoothed_rtt;
  peer_.packets_sent = stats.traffic.packets_sent;
  peer_.packets_lost = stats.traffic.packets_lost;
  peer_.congestion_window_bytes = stats.congestion_window_bytes;
  home_.counters().traffic.add(stats.traffic, counted_);
  counted_ = stats.traffic;
}

}  // namespace qp::conn
