#include "conn/tcp_connection.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>
#include <vector>

#include "transport/tls_context.h"
#include "transport/tls_session.h"

namespace qp::conn {

namespace {

using Bytes = std::span<const unsigned char>;

constexpr uint32_t kReadBytesMin = 16 * 1024;    // a smaller tail of a block is left alone
constexpr size_t kCipherReadBytes = 64 * 1024;   // four records
constexpr size_t kCipherWriteBytes = 64 * 1024;  // encrypted ahead of the socket, and no more

TimePoint after(TimePoint start, Duration timeout) {
  return timeout == Duration::zero() ? kNever : start + timeout;
}

size_t bytes_in(std::span<const Bytes> pieces) {
  size_t bytes = 0;
  for (const Bytes& piece : pieces)
    bytes += piece.size();
  return bytes;
}

}  // namespace

TcpConnection::TcpConnection(Reactor& reactor, ConnectionOwner& owner, const TcpOptions& options,
                             io::Accepted accepted)
    : Connection(reactor, owner), options_(options), state_(State::handshaking) {
  assert(options.role == codec::Role::server);
  peer_.local_address = accepted.local.unmapped().ip_text();
  peer_.local_port = accepted.local.port();
  writable_ = true;
  start(std::move(accepted.fd), accepted.remote);
  deadlines_.set(Wait::handshake, after(reactor.turn.now, options.handshake_timeout));
  if (fd_.is_open()) begin_transport();
}

TcpConnection::TcpConnection(Reactor& reactor, ConnectionOwner& owner, const TcpOptions& options,
                             const Address& remote, TimePoint connect_deadline)
    : Connection(reactor, owner), options_(options), state_(State::connecting) {
  assert(options.role == codec::Role::client);
  deadlines_.set(Wait::connect, connect_deadline);
  Result<io::Fd> fd =
      options.unix_socket.empty() ? io::connect_tcp(remote) : io::connect_unix(options.unix_socket);
  if (fd) {
    start(std::move(*fd), remote);
  } else {
    error_ = fd.error();
  }
  mark_dirty();
}

TcpConnection::~TcpConnection() {
  reactor_.timers.disarm(*this);
  if (fd_.is_open()) reactor_.loop.remove(fd_.get());
}

void TcpConnection::start(io::Fd fd, const Address& remote) {
  peer_.address = remote.unmapped().ip_text();
  peer_.port = remote.port();
  peer_.connection_id = reactor_.random.next() >> 11;  // 53 bits: a number that JSON readers keep whole
  active_at_ = reactor_.turn.now;
  if (auto added = reactor_.loop.add(fd.get(), *this); added) {
    fd_ = std::move(fd);
  } else {
    error_ = added.error();
  }
  mark_dirty();  // arms the timer, or dies of the error
}

void TcpConnection::handle_events(io::Events events, const Turn& /*turn*/) {
  if (is_dead()) return;
  readable_ |= events.readable || events.hung_up;
  writable_ |= events.writable;
  reads_to_end_ |= events.ended || events.hung_up;
  if (state_ == State::connecting) {
    if (events.writable || events.hung_up) finish_connecting();
  } else if (events.hung_up && options_.role == codec::Role::server) {
    // A client that is gone is of no more interest, even if what it sent before has not been read.
    if (auto alive = io::connect_result(fd_.get()); !alive)
      return die(blame(alive.error().code, "the client is gone"));
  }
  read();
  if (!is_dead()) mark_dirty();
}

void TcpConnection::finish_connecting() {
  if (auto connected = io::connect_result(fd_.get()); !connected) {
    return die(blame(connected.error().code, connected.error().detail));
  }
  if (auto local = io::local_address(fd_.get()); local) {
    peer_.local_address = local->unmapped().ip_text();
    peer_.local_port = local->port();
  }
  begin_transport();
  if (state_ == State::open) tell_owner();
}

void TcpConnection::begin_transport() {
  if (options_.tls == nullptr) return begin_messages("");
  state_ = State::handshaking;
  context_ = options_.tls;
  tls_ = options_.role == codec::Role::server
             ? transport::TlsSession::accept(*context_, reactor_.blocks)
             : transport::TlsSession::connect(*context_, reactor_.blocks, options_.server_name);
}

void TcpConnection::begin_messages(std::string_view alpn) {
  if (tls_ != nullptr) {
    peer_.is_encrypted = true;
    peer_.tls_version = tls_->version();
    peer_.cipher = tls_->cipher();
    peer_.server_name = tls_->server_name();
    if (options_.role == codec::Role::server) {
      peer_.certificate_names = context_->names(peer_.server_name);
    }
  }
  codec_ = options_.codecs->make_codec(alpn, *this, peer_, reactor_);
  if (codec_ == nullptr) return die(blame(ErrorCode::unsupported, "no common application protocol"));
  state_ = State::open;
  deadlines_.clear(Wait::connect);
  deadlines_.clear(Wait::handshake);
  if (is_draining_) codec_->drain();
}

// ---- bytes in

// Reads until the socket has no more, the codec wants no more, or the turn's share is used up.
void TcpConnection::read() {
  const uint64_t share_end = bytes_received_ + kTurnReadBytesMax;
  while (readable_ && wants_input()) {
    if (bytes_received_ >= share_end) return mark_dirty();
    if (state_ == State::lingering) {
      discard();
    } else if (tls_ != nullptr) {
      read_cipher();
    } else {
      read_plain();
    }
  }
}

bool TcpConnection::wants_input() const {
  switch (state_) {
    case State::connecting:
    case State::dead: return false;
    case State::handshaking: return !ended_;
    case State::lingering: return !ended_ && lingered_bytes_ < kLingerBytesMax;
    case State::open: return !ended_ && !is_broken_ && codec_->wants_input();
  }
  return false;
}

void TcpConnection::read_plain() {
  const auto tail = reactor_.blocks.tail(reads_full_ ? BlockPool::kBlockBytes : kReadBytesMin);
  const Result<size_t> got = io::read_some(fd_.get(), tail);
  if (note_read(got, tail.size())) deliver(reactor_.blocks.commit(static_cast<uint32_t>(*got)));
}

void TcpConnection::read_cipher() {
  std::array<unsigned char, kCipherReadBytes> cipher;
  const Result<size_t> got = io::read_some(fd_.get(), cipher);
  if (!note_read(got, cipher.size())) return;

  std::vector<Slice> plain;
  const Result<> received = tls_->receive(std::span(cipher).first(*got), plain);
  if (!received) {
    write_cipher();  // the alert
    return die(blame(received.error().code, received.error().detail));
  }
  if (state_ == State::handshaking && tls_->is_handshake_completed()) {
    begin_messages(tls_->protocol());
    if (state_ == State::open) owner_.connection_changed(*this);
  }
  for (Slice& slice : plain) {
    if (state_ == State::open && !is_broken_) deliver(std::move(slice));
  }
  if (tls_->is_input_ended() && !is_dead()) handle_end();
}

void TcpConnection::discard() {
  std::array<unsigned char, kReadBytesMin> unwanted;
  const Result<size_t> got = io::read_some(fd_.get(), unwanted);
  if (note_read(got, unwanted.size())) lingered_bytes_ += *got;
}

// True if there are bytes to look at.
bool TcpConnection::note_read(const Result<size_t>& got, size_t asked) {
  if (got) {
    bytes_received_ += *got;
    active_at_ = reactor_.turn.now;
    reads_full_ = *got == asked;
    // Edge-triggered: after a short read the next byte makes a new event.
    readable_ = reads_full_ || reads_to_end_;
    return true;
  }
  readable_ = false;
  if (got.error().code == ErrorCode::closed) {
    handle_end();
  } else if (got.error().code != ErrorCode::would_block) {
    die(blame(got.error().code, got.error().detail));
  }
  return false;
}

void TcpConnection::deliver(Slice bytes) {
  if (auto taken = codec_->receive(std::move(bytes)); !taken) {
    is_broken_ = true;
    error_ = taken.error();
  }
}

void TcpConnection::handle_end() {
  if (ended_) return;
  ended_ = true;
  if (state_ == State::lingering) return die(error_);
  if (state_ == State::handshaking)
    return die(blame(ErrorCode::closed, "the connection closed during its handshake"));
  if (tls_ != nullptr && !tls_->is_input_ended()) {
    return die(blame(ErrorCode::reset, "the TLS connection was cut off without close_notify"));
  }
  codec_->receive_end();
}

// ---- bytes out

void TcpConnection::flush() {
  if (is_dead()) return;
  if (!fd_.is_open()) return die(blame(error_.code, error_.detail));
  check_deadlines();
  read();  // what was left over, or what there is room for again
  write();
  settle();
}

void TcpConnection::write() {
  const uint64_t share_end = bytes_sent_ + kTurnWriteBytesMax;
  while (writable_ && !is_dead()) {
    if (bytes_sent_ >= share_end) return mark_dirty();
    const size_t sent = tls_ != nullptr ? write_cipher() : write_codec();
    if (sent == 0) return;
  }
}

size_t TcpConnection::write_codec() {
  if (state_ != State::open) return 0;
  std::array<Bytes, kWritePiecesMax> pieces;
  const size_t count = codec_->gather(pieces, kWriteBytesMax);
  const size_t sent = write_pieces(std::span(pieces).first(count));
  if (sent > 0) codec_->sent(sent);
  return sent;
}

size_t TcpConnection::write_cipher() {
  std::array<Bytes, kWritePiecesMax> pieces;
  if (state_ == State::open && tls_->output_bytes() == 0) {
    const auto plain = std::span(pieces).first(codec_->gather(pieces, kCipherWriteBytes));
    if (!plain.empty()) {
      if (auto sealed = tls_->send(plain); !sealed) {
        die(blame(sealed.error().code, sealed.error().detail));
        return 0;
      }
      codec_->sent(bytes_in(plain));
    }
  }
  const auto output = tls_->output();
  const size_t count = std::min(output.size(), pieces.size());
  for (size_t i = 0; i < count; ++i)
    pieces[i] = output[i].bytes();
  const size_t sent = write_pieces(std::span(pieces).first(count));
  if (sent > 0) tls_->output_sent(sent);
  return sent;
}

size_t TcpConnection::write_pieces(std::span<const Bytes> pieces) {
  if (pieces.empty()) return 0;
  const Result<size_t> sent = io::write_some(fd_.get(), pieces);
  if (!sent) {
    writable_ = false;
    if (sent.error().code != ErrorCode::would_block) die(blame(sent.error().code, sent.error().detail));
    return 0;
  }
  if (*sent < bytes_in(pieces)) writable_ = false;
  bytes_sent_ += *sent;
  active_at_ = reactor_.turn.now;
  return *sent;
}

bool TcpConnection::has_output() {
  if (waiting_bytes() > 0) return true;
  std::array<Bytes, 1> piece;
  return state_ == State::open && codec_->gather(piece, 1) > 0;
}

size_t TcpConnection::waiting_bytes() const {
  return tls_ != nullptr ? tls_->output_bytes() : 0;
}

// ---- what becomes of it

void TcpConnection::settle() {
  if (is_dead()) return;
  if (state_ == State::open) {
    const bool is_over = is_broken_ || codec_->is_finished() ||
                         ((ended_ || is_draining_) && codec_->is_idle() && !codec_->is_head_pending());
    if (is_over && !has_output()) finish();
    if (is_dead()) return;
    mark_dead();  // its codec may have streams to let go of
  }
  set_deadlines();
  reactor_.timers.arm(*this, deadlines_.earliest());
  tell_owner();
}

void TcpConnection::check_deadlines() {
  const TimePoint now = reactor_.turn.now;
  if (deadlines_.is_past(Wait::connect, now))
    return die(blame(ErrorCode::timed_out, "connecting took too long"));
  if (deadlines_.is_past(Wait::handshake, now))
    return die(blame(ErrorCode::timed_out, "the handshake took too long"));
  if (deadlines_.is_past(Wait::head, now)) codec_->refuse_head();
  if (deadlines_.is_past(Wait::write, now))
    return die(blame(ErrorCode::timed_out, "the peer takes no bytes"));
  if (deadlines_.is_past(Wait::linger, now)) return die(error_);
  if (deadlines_.is_past(Wait::idle, now)) drain();
}

void TcpConnection::set_deadlines() {
  const bool is_open = state_ == State::open;
  const bool is_head_pending = is_open && options_.role == codec::Role::server && codec_->is_head_pending();
  if (!is_head_pending) {
    deadlines_.clear(Wait::head);
  } else if (!deadlines_.is_set(Wait::head) || sent_at_head_ != bytes_sent_) {
    deadlines_.set(Wait::head, after(reactor_.turn.now, options_.head_timeout));
    sent_at_head_ = bytes_sent_;
  }
  const bool is_resting = is_open && !is_head_pending && codec_->is_idle();
  deadlines_.set(Wait::idle, is_resting ? after(active_at_, options_.idle_timeout) : kNever);
  const bool is_blocked = !writable_ && state_ != State::connecting && has_output();
  if (!is_blocked) {
    deadlines_.clear(Wait::write);
  } else if (!deadlines_.is_set(Wait::write) || sent_at_block_ != bytes_sent_) {
    deadlines_.set(Wait::write, after(reactor_.turn.now, options_.write_timeout));
    sent_at_block_ = bytes_sent_;
  }
}

void TcpConnection::tell_owner() {
  const bool is_free = is_usable();
  if (std::exchange(is_free_, is_free) != is_free) owner_.connection_changed(*this);
}

// All was said: the peer is told so, and has its time to take it in.
void TcpConnection::finish() {
  if (!is_broken_) error_ = blame(ErrorCode::closed, "the connection had served its time");
  if (codec_->is_cut_off()) return die(error_);
  if (tls_ != nullptr) {
    tls_->close();
    write_cipher();
    if (is_dead() || waiting_bytes() > 0) return;  // settle() comes back here when it is written
  }
  const bool may_linger = options_.role == codec::Role::server && options_.linger_timeout > Duration::zero();
  if (!may_linger || ended_) return die(error_);
  io::shutdown_write(fd_.get());
  state_ = State::lingering;
  deadlines_.clear();
  deadlines_.set(Wait::linger, reactor_.turn.now + options_.linger_timeout);
  readable_ = true;  // what came while the codec wanted nothing
  mark_dirty();
}

void TcpConnection::die(Error error) {
  if (is_dead()) return;
  state_ = State::dead;
  error_ = error;
  if (fd_.is_open()) {
    if (codec_ != nullptr && (!codec_->is_idle() || codec_->is_cut_off())) io::reset_on_close(fd_.get());
    reactor_.loop.remove(fd_.get());
  }
  if (codec_ != nullptr) codec_->abort(error);
  fd_ = {};
  deadlines_.clear();
  reactor_.timers.disarm(*this);
  mark_dead();
  owner_.connection_changed(*this);
}

Error TcpConnection::blame(ErrorCode code, const char* detail) const {
  const bool is_ours =
      code == ErrorCode::exhausted || code == ErrorCode::permission || code == ErrorCode::internal;
  if (is_ours) return {code, Origin::self, detail};
  return {code, options_.role == codec::Role::server ? Origin::client : Origin::upstream, detail};
}

void TcpConnection::drain() {
  if (is_draining_ || is_dead()) return;
  is_draining_ = true;
  if (codec_ != nullptr) codec_->drain();
  mark_dirty();
}

void TcpConnection::close() {
  if (is_dead()) return;
  if (tls_ != nullptr && state_ == State::open && codec_->is_idle()) {
    tls_->close();
    write_cipher();
  }
  die({ErrorCode::closed, Origin::self, "the proxy closed the connection"});
}

bool TcpConnection::reap() {
  if (codec_ == nullptr) return is_dead();
  codec_->reap();
  return is_dead() && codec_->is_idle();
}

http::Stream* TcpConnection::open() {
  if (!is_usable()) return nullptr;
  http::Stream* stream = codec_->open();
  if (stream == nullptr) return nullptr;
  stream->peer = &peer_;
  is_free_ = false;
  mark_dirty();
  return stream;
}

void TcpConnection::changed() {
  if (is_dead()) {
    mark_dead();
  } else {
    mark_dirty();
  }
}

void TcpConnection::due() {
  mark_dirty();
}

}  // namespace qp::conn
