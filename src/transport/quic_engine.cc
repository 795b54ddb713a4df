#include "transport/quic_engine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "transport/quic_callbacks.h"
#include "transport/quic_packet.h"
#include "transport/quic_path.h"
#include "transport/quic_settings.h"
#include "transport/secret.h"
#include "transport/tls_context.h"

namespace qp::transport {
namespace {

constexpr size_t kCloseReasonBytesMax = 128;
// How long a session stays to answer or to ignore what was still under way (RFC 9000 §10.2).
constexpr int kClosingProbeTimeouts = 3;
// A client's first destination: only its unpredictability matters (RFC 9000 §7.2).
constexpr size_t kFirstIdBytes = 16;

ngtcp2_cid cid_of(const ConnectionId& id) {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, id.data.data(), id.size);
  return cid;
}

Error error_of(int library_error) {
  const char* detail = ngtcp2_strerror(library_error);
  switch (library_error) {
    case NGTCP2_ERR_DRAINING:
    case NGTCP2_ERR_CLOSING: return {ErrorCode::closed, Origin::client, detail};
    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT: return {ErrorCode::timed_out, Origin::client, detail};
    case NGTCP2_ERR_CRYPTO: return {ErrorCode::tls, Origin::client, detail};
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_DROP_CONN: return {ErrorCode::refused, Origin::self, detail};
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION: return {ErrorCode::unsupported, Origin::client, detail};
    case NGTCP2_ERR_NO_VIABLE_PATH: return {ErrorCode::unreachable, Origin::client, detail};
    case NGTCP2_ERR_INTERNAL:
    case NGTCP2_ERR_CALLBACK_FAILURE:
    case NGTCP2_ERR_INVALID_ARGUMENT:
    case NGTCP2_ERR_INVALID_STATE: return {ErrorCode::internal, Origin::self, detail};
    default: return {ErrorCode::malformed, Origin::client, detail};
  }
}

}  // namespace

QuicEngine::QuicEngine(const Parts& parts)
    : owner_(parts.owner),
      source_(parts.source),
      ids_(parts.ids),
      keep_alive_(parts.settings.keep_alive),
      now_(parts.now),
      allowance_(parts.settings.streams_max) {}

QuicEngine::~QuicEngine() {
  if (conn_ != nullptr) {
    std::vector<ngtcp2_cid> left(ngtcp2_conn_get_scid(conn_, nullptr));
    ngtcp2_conn_get_scid(conn_, left.data());
    for (const ngtcp2_cid& id : left)
      ids_.remove_id(ConnectionId({id.data, id.datalen}));
    if (first_id_.size > 0) ids_.remove_id(first_id_);
  }
  tls_.detach();
  ngtcp2_conn_del(conn_);
}

Result<> QuicEngine::begin_server(const Parts& parts, const QuicAccept& accept) {
  QuicProposal proposal(parts.settings, accept.version, parts.now);
  const bool is_after_retry = accept.original_id.size > 0;
  proposal.params.original_dcid = cid_of(is_after_retry ? accept.original_id : accept.first_id);
  proposal.params.original_dcid_present = 1;
  if (is_after_retry) {
    proposal.params.retry_scid = cid_of(accept.first_id);
    proposal.params.retry_scid_present = 1;
  }
  if (accept.is_address_validated) {
    proposal.settings.token = accept.token.data();
    proposal.settings.tokenlen = accept.token.size();
    proposal.settings.token_type = is_after_retry ? NGTCP2_TOKEN_TYPE_RETRY : NGTCP2_TOKEN_TYPE_NEW_TOKEN;
  }
  const ConnectionId id = ids_.make_id();
  proposal.params.stateless_reset_token_present = 1;
  std::ranges::copy(ids_.reset_token(id), proposal.params.stateless_reset_token);

  const ngtcp2_cid theirs = cid_of(accept.client_id);
  const ngtcp2_cid ours = cid_of(id);
  const ngtcp2_path path = path_of(parts.local, parts.remote);
  const int made = ngtcp2_conn_server_new(&conn_, &theirs, &ours, &path, accept.version, &kQuicCallbacks,
                                          &proposal.settings, &proposal.params, nullptr, this);
  if (made != 0) return std::unexpected(error_of(made));
  ids_.add_id(id);
  ids_.add_id(accept.first_id);
  first_id_ = accept.first_id;
  role_ = Role::server;
  ngtcp2_conn_set_keep_alive_timeout(conn_, duration_of(keep_alive_));  // zero: off
  return tls_.attach_server(conn_, parts.tls.accept(TlsWire::quic));
}

Result<> QuicEngine::begin_client(const Parts& parts, std::string_view server_name) {
  QuicProposal proposal(parts.settings, parts.settings.version, parts.now);
  ngtcp2_cid theirs{.datalen = kFirstIdBytes, .data = {}};
  fill_random({theirs.data, theirs.datalen});
  const ConnectionId id = ids_.make_id();
  const ngtcp2_cid ours = cid_of(id);
  const ngtcp2_path path = path_of(parts.local, parts.remote);
  const int made =
      ngtcp2_conn_client_new(&conn_, &theirs, &ours, &path, parts.settings.version, &kQuicCallbacks,
                             &proposal.settings, &proposal.params, nullptr, this);
  if (made != 0) return std::unexpected(error_of(made));
  ids_.add_id(id);
  ngtcp2_conn_set_keep_alive_timeout(conn_, duration_of(keep_alive_));  // zero: off
  return tls_.attach_client(conn_, parts.tls.connect(TlsWire::quic, server_name));
}

Result<> QuicEngine::handle(std::span<unsigned char> datagram, const Address& local, const Address& remote,
                            uint8_t ecn, TimePoint now) {
  now_ = now;
  if (state_ != State::open) {
    if (state_ == State::closing) close_packet_.note_packet();
    return std::unexpected(end_);
  }
  const ngtcp2_path path = path_of(local, remote);
  const ngtcp2_pkt_info info{.ecn = ecn};
  const int read =
      ngtcp2_conn_read_pkt(conn_, &path, &info, datagram.data(), datagram.size(), timestamp_of(now));
  if (read != 0) return fail_with(read);
  if (role_ == Role::server && is_handshake_completed()) tls_.detach();
  return {};
}

Result<> QuicEngine::expire(TimePoint now) {
  now_ = now;
  if (state_ == State::ending) return std::unexpected(end_);
  if (state_ != State::open) {
    if (now >= period_end_) state_ = State::over;
    return std::unexpected(end_);
  }
  mtu_guard_.check(now, probe_timeout());
  const int handled = ngtcp2_conn_handle_expiry(conn_, timestamp_of(now));
  if (handled != 0) return fail_with(handled);
  return {};
}

TimePoint QuicEngine::deadline() const {
  switch (state_) {
    case State::open: return time_of(ngtcp2_conn_get_expiry(conn_));
    case State::ending: return now_;  // the close packet waits to be written
    case State::closing:
    case State::draining: return period_end_;
    case State::over: return kNever;
  }
  return kNever;
}

// What a failed call of the library means for the session.
std::unexpected<Error> QuicEngine::fail_with(int library_error) {
  end_ = error_of(library_error);
  switch (library_error) {
    case NGTCP2_ERR_DRAINING: enter_draining(now_); break;
    case NGTCP2_ERR_IDLE_CLOSE:
      cause_.by = QuicClose::By::idle;
      state_ = State::over;
      break;
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION: state_ = State::over; break;
    default: end_with(library_error);
  }
  return std::unexpected(end_);
}

void QuicEngine::end_with(int library_error) {
  if (library_error == NGTCP2_ERR_CRYPTO) {
    ngtcp2_ccerr_set_tls_alert(&ending_, ngtcp2_conn_get_tls_alert(conn_), nullptr, 0);
  } else {
    ngtcp2_ccerr_set_liberr(&ending_, library_error, nullptr, 0);
  }
  cause_ = {.by = QuicClose::By::us, .kind = QuicClose::Kind::transport, .code = ending_.error_code};
  state_ = State::ending;
}

void QuicEngine::enter_draining(TimePoint now) {
  const ngtcp2_ccerr* theirs = ngtcp2_conn_get_ccerr(conn_);
  cause_.by = is_reset_by_peer_ ? QuicClose::By::stateless_reset : QuicClose::By::peer;
  cause_.kind = theirs->type == NGTCP2_CCERR_TYPE_APPLICATION ? QuicClose::Kind::application
                                                              : QuicClose::Kind::transport;
  cause_.code = theirs->error_code;
  period_end_ = now + kClosingProbeTimeouts * probe_timeout();
  state_ = State::draining;
}

void QuicEngine::close(uint64_t application_error_code, std::string_view reason) {
  if (state_ != State::open) return;
  ending_reason_ = reason.substr(0, kCloseReasonBytesMax);
  const Bytes text = bytes_of(ending_reason_);
  ngtcp2_ccerr_set_application_error(&ending_, application_error_code, text.data(), text.size());
  end_ = {ErrorCode::closed, Origin::self, "we have closed the QUIC connection"};
  cause_ = {.by = QuicClose::By::us, .kind = QuicClose::Kind::application, .code = application_error_code};
  state_ = State::ending;
}

Duration QuicEngine::probe_timeout() const {
  return Duration(static_cast<Duration::rep>(ngtcp2_conn_get_pto(conn_)));
}

Outgoing QuicEngine::write(std::span<unsigned char> buffer, TimePoint now) {
  now_ = now;
  switch (state_) {
    case State::open: break;
    case State::ending: return write_close(buffer, now);
    case State::closing: return close_packet_.take(buffer);
    case State::draining:
    case State::over: return {};
  }
  ngtcp2_conn_extend_max_streams_bidi(conn_, allowance_.take());
  // What may leave at once without pacing, but never less than a full packet.
  const size_t quantum =
      std::max(ngtcp2_conn_get_send_quantum(conn_), ngtcp2_conn_get_max_tx_udp_payload_size(conn_));
  buffer = buffer.first(std::min(buffer.size(), quantum));

  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  size_t segment_bytes = 0;
  const auto write_one = [](ngtcp2_conn*, ngtcp2_path* to, ngtcp2_pkt_info* pi, uint8_t* out, size_t size,
                            ngtcp2_tstamp ts, void* user) {
    return static_cast<QuicEngine*>(user)->write_packet(to, pi, {out, size}, ts);
  };
  const ngtcp2_ssize written =
      ngtcp2_conn_write_aggregate_pkt2(conn_, &path.path, &info, buffer.data(), buffer.size(), &segment_bytes,
                                       write_one, 0, timestamp_of(now));
  chunk_.drop();
  if (written < 0) {
    (void)fail_with(static_cast<int>(written));
    return write(buffer, now);
  }
  pace(static_cast<size_t>(written), timestamp_of(now));
  if (written == 0) return {};
  return {.bytes = static_cast<size_t>(written),
          .segment_bytes = segment_bytes,
          .ecn = info.ecn,
          .local = address_of(path.path.local),
          .remote = address_of(path.path.remote)};
}

// The pacer wants to be told of batches. On a path that carries less than it promised ngtcp2 makes batches of
// one datagram; several of them are a batch to the pacer.
void QuicEngine::pace(size_t bytes, ngtcp2_tstamp now) {
  unpaced_bytes_ += bytes;
  const bool is_batch_over = bytes == 0 || !mtu_guard_.is_limited();
  if (unpaced_bytes_ == 0) return;
  if (!is_batch_over && unpaced_bytes_ < ngtcp2_conn_get_send_quantum(conn_)) return;
  ngtcp2_conn_update_pkt_tx_time(conn_, now);
  unpaced_bytes_ = 0;
}

// One packet. Streams share it until it is full; a packet that was filled is padded to its last byte, for it
// is then as long as its neighbours and they can leave as one batch.
ngtcp2_ssize QuicEngine::write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info, std::span<unsigned char> out,
                                      ngtcp2_tstamp now) {
  out = out.first(std::min(out.size(), mtu_guard_.limit()));
  for (;;) {
    // Without connection credit no stream can go on, and none of them is to blame.
    if (chunk_.is_empty() && ngtcp2_conn_get_max_data_left(conn_) > 0) chunk_.begin(source_.next_chunk());
    if (chunk_.is_empty()) {
      return ngtcp2_conn_writev_stream(conn_, path, info, out.data(), out.size(), nullptr,
                                       NGTCP2_WRITE_STREAM_FLAG_NONE, -1, nullptr, 0, now);
    }
    const uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE | NGTCP2_WRITE_STREAM_FLAG_PADDING |
                           (chunk_.is_last() ? NGTCP2_WRITE_STREAM_FLAG_FIN : NGTCP2_WRITE_STREAM_FLAG_NONE);
    const std::span<const ngtcp2_vec> left = chunk_.left();
    ngtcp2_ssize taken = -1;
    const ngtcp2_ssize written = ngtcp2_conn_writev_stream(conn_, path, info, out.data(), out.size(), &taken,
                                                           flags, chunk_.id(), left.data(), left.size(), now);
    if (taken >= 0) {
      mtu_guard_.sent(static_cast<size_t>(taken), now_);
      source_.taken(chunk_.id(), static_cast<size_t>(taken));
      chunk_.take(static_cast<size_t>(taken));
    }
    switch (written) {
      case NGTCP2_ERR_WRITE_MORE: break;
      case NGTCP2_ERR_STREAM_DATA_BLOCKED: source_.blocked(chunk_.drop()); break;
      case NGTCP2_ERR_STREAM_SHUT_WR:
      case NGTCP2_ERR_STREAM_NOT_FOUND: source_.write_closed(chunk_.drop()); break;
      default: return written;
    }
  }
}

Outgoing QuicEngine::write_close(std::span<unsigned char> buffer, TimePoint now) {
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  const ngtcp2_ssize written = ngtcp2_conn_write_connection_close(conn_, &path.path, &info, buffer.data(),
                                                                  buffer.size(), &ending_, timestamp_of(now));
  if (written <= 0) {  // there are no keys yet, or a client that is not validated has had its three times
    state_ = State::over;
    return {};
  }
  close_packet_.keep(buffer.first(static_cast<size_t>(written)), address_of(path.path.local),
                     address_of(path.path.remote));
  period_end_ = now + kClosingProbeTimeouts * probe_timeout();
  state_ = State::closing;
  return close_packet_.take(buffer);
}

Result<int64_t> QuicEngine::open_bidirectional() {
  int64_t id = -1;
  if (state_ != State::open) return std::unexpected(end_);
  if (ngtcp2_conn_open_bidi_stream(conn_, &id, nullptr) == 0) return id;
  return fail(ErrorCode::would_block, Origin::client, "the peer allows no more streams");
}

Result<int64_t> QuicEngine::open_unidirectional() {
  int64_t id = -1;
  if (state_ != State::open) return std::unexpected(end_);
  if (ngtcp2_conn_open_uni_stream(conn_, &id, nullptr) == 0) return id;
  return fail(ErrorCode::would_block, Origin::client, "the peer allows no more streams");
}

// A stream that is gone meanwhile needs no credit, reset or stop: the library says so and nobody has to know.
void QuicEngine::extend_stream(int64_t id, uint64_t bytes) {
  ngtcp2_conn_extend_max_stream_offset(conn_, id, bytes);
}
void QuicEngine::extend_connection(uint64_t bytes) {
  ngtcp2_conn_extend_max_offset(conn_, bytes);
}

void QuicEngine::reset_stream(int64_t id, uint64_t error_code) {
  ngtcp2_conn_shutdown_stream_write(conn_, 0, id, error_code);
}

void QuicEngine::stop_stream(int64_t id, uint64_t error_code) {
  ngtcp2_conn_shutdown_stream_read(conn_, 0, id, error_code);
}

void QuicEngine::send_token(Bytes token) {
  assert(is_handshake_completed());
  ngtcp2_conn_submit_new_token(conn_, token.data(), token.size());
}

void QuicEngine::set_busy(bool is_busy) {
  if (state_ != State::open || std::exchange(is_busy_, is_busy) == is_busy) return;
  Duration interval = keep_alive_;
  if (is_busy) {
    const Duration often_enough = idle_timeout() / 3;  // one ping may be lost
    if (interval == Duration::zero() || often_enough < interval) interval = often_enough;
  }
  ngtcp2_conn_set_keep_alive_timeout(conn_, duration_of(interval));
}

// The smaller one of ours and the peer's, of which zero is none (RFC 9000 §10.1); zero: there is none.
Duration QuicEngine::idle_timeout() const {
  const ngtcp2_duration ours = ngtcp2_conn_get_local_transport_params(conn_)->max_idle_timeout;
  const ngtcp2_transport_params* peer = ngtcp2_conn_get_remote_transport_params(conn_);
  const ngtcp2_duration theirs = peer != nullptr ? peer->max_idle_timeout : 0;
  const ngtcp2_duration smaller = ours == 0 || theirs == 0 ? std::max(ours, theirs) : std::min(ours, theirs);
  return Duration(static_cast<Duration::rep>(smaller));
}

bool QuicEngine::is_handshake_completed() const {
  return ngtcp2_conn_get_handshake_completed(conn_) != 0;
}

uint32_t QuicEngine::version() const {
  const uint32_t negotiated = ngtcp2_conn_get_negotiated_version(conn_);
  return negotiated != 0 ? negotiated : ngtcp2_conn_get_client_chosen_version(conn_);
}

QuicStats QuicEngine::stats() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(conn_, &info);
  return {
      .smoothed_rtt = Duration(static_cast<Duration::rep>(info.smoothed_rtt)),
      .rtt_min = info.min_rtt == UINT64_MAX ? Duration() : Duration(static_cast<Duration::rep>(info.min_rtt)),
      .congestion_window_bytes = info.cwnd,
      .bytes_in_flight = info.bytes_in_flight,
      .traffic = {.packets_sent = info.pkt_sent,
                  .packets_received = info.pkt_recv,
                  .packets_lost = info.pkt_lost,
                  .bytes_sent = info.bytes_sent,
                  .bytes_received = info.bytes_recv}};
}

}  // namespace qp::transport
