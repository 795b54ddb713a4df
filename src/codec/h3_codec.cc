#include "codec/h3_codec.h"

#include <algorithm>
#include <utility>

namespace qp::codec {

namespace {

// Of our QPACK decoder, waiting for something to go out with: some two bytes a request.
constexpr size_t kWaitingAcknowledgementBytesMax = 64;
constexpr uint64_t kGoawayNotice = (uint64_t{1} << 62) - 4;  // "soon": no request is refused yet (§5.2)

}  // namespace

H3Codec::H3Codec(const Parts& parts)
    : shared_{.role = parts.role,
              .settings = parts.settings,
              .blocks = parts.blocks,
              .owner = parts.owner,
              .acceptor = parts.acceptor,
              .peer = parts.peer,
              .qpack = {parts.settings.qpack, parts.seed}},
      peer_streams_(*this, shared_) {}

H3Codec::~H3Codec() = default;

void H3Codec::start(int64_t control, int64_t qpack_encoder, int64_t qpack_decoder) {
  const std::array<int64_t, 3> ids = {control, qpack_encoder, qpack_decoder};
  constexpr std::array<unsigned char, 3> kTypes = {0x00, 0x02, 0x03};
  for (size_t i = 0; i < local_.size(); ++i) {
    local_[i].id = ids[i];
    local_[i].queue.push(shared_.blocks.copy(std::span(&kTypes[i], 1)));
  }
  send_settings();
  shared_.owner.changed();
}

// ---- What the transport reports.

void H3Codec::stream_data(int64_t id, H3Bytes bytes, bool fin) {
  note(receive(id, bytes, fin));
}

H3Result H3Codec::receive(int64_t id, H3Bytes bytes, bool fin) {
  if ((id & 2) != 0) {
    shared_.connection_credit += bytes.size();
    if (!fin && !bytes.empty()) shared_.order(H3Order::Kind::extend_stream, id, bytes.size());
    return peer_streams_.receive(id, bytes, fin);
  }
  if (!is_request(id))
    return h3_fail(H3Code::stream_creation_error, "a server opened a bidirectional stream");
  H3Stream* stream = find(id);
  if (stream == nullptr && shared_.role == Role::server && !is_refused(id)) {
    stream = &add_stream(id);  // perhaps not in order: a packet may have been lost
    shared_.new_heads.push_back(*stream);
  }
  if (stream != nullptr) return stream->receive(bytes, fin);
  shared_.connection_credit += bytes.size();
  if (is_refused(id)) refuse(id);
  return {};
}

void H3Codec::stream_reset(int64_t id, uint64_t code) {
  if ((id & 2) != 0) return note(peer_streams_.handle_reset(id));
  if (H3Stream* stream = find(id)) note(stream->handle_reset(code));
}

void H3Codec::stream_stopped(int64_t id, uint64_t code) {
  if (find_local(id) != nullptr) {
    return note(h3_fail(H3Code::closed_critical_stream, "the peer stopped a critical stream"));
  }
  if (H3Stream* stream = find(id)) note(stream->handle_stopped(code));
}

void H3Codec::stream_acked(int64_t id, uint64_t bytes) {
  if (Local* local = find_local(id)) return local->queue.acked(bytes);
  if (H3Stream* stream = find(id); stream != nullptr && !stream->is_closed()) stream->handle_acked(bytes);
}

void H3Codec::stream_unblocked(int64_t id) {
  if (Local* local = find_local(id)) {
    local->is_blocked = false;
    shared_.owner.changed();
  } else if (H3Stream* stream = find(id)) {
    stream->handle_unblocked();
  }
}

void H3Codec::stream_closed(int64_t id) {
  if ((id & 2) != 0) return peer_streams_.handle_closed(id);
  H3Stream* stream = find(id);
  if (stream == nullptr) {  // refused, or reset before a byte of it came
    if (shared_.role == Role::server) shared_.order(H3Order::Kind::allow_stream, id, 1);
    return;
  }
  if (stream->is_closed()) return;
  --open_requests_;
  stream->handle_closed();
}

// ---- What the transport pulls.

const H3Chunk& H3Codec::next_chunk() {
  offered_.id = -1;
  if (failure_ || offer_local(offered_)) return offered_;
  while (H3Stream* stream = shared_.schedule.first()) {
    if (stream->offer(offered_)) {
      take_table_acknowledgements();
      offer_local(offered_);  // goes ahead; trailers may have put something on the encoder stream
      return offered_;
    }
    stream->ListNode<SendingStreams>::unlink();
  }
  return offered_;
}

// What our decoder has to say about the peer's table waits until something else is sent: by itself it would
// cost every request a packet, and the peer an acknowledgement of that.
void H3Codec::take_table_acknowledgements() {
  if (is_started()) local_[2].queue.push(shared_.qpack.take_decoder_stream(shared_.blocks));
}

bool H3Codec::offer_local(H3Chunk& chunk) {
  if (!is_started()) return false;
  local_[1].queue.push(shared_.qpack.take_encoder_stream(shared_.blocks));
  if (shared_.qpack.decoder_stream_bytes() > kWaitingAcknowledgementBytesMax) take_table_acknowledgements();
  for (const Local& local : local_) {
    if (local.is_blocked || local.queue.unsent() == 0) continue;
    chunk.id = local.id;
    chunk.fin = false;
    chunk.piece_count = local.queue.peek(chunk.pieces);
    chunk.bytes = 0;
    for (size_t i = 0; i < chunk.piece_count; ++i)
      chunk.bytes += chunk.pieces[i].size();
    return true;
  }
  return false;
}

void H3Codec::taken(int64_t id, size_t bytes) {
  if (Local* local = find_local(id)) {
    local->queue.sent(bytes);
  } else if (H3Stream* stream = find(id)) {
    stream->taken(offered_, bytes);
  }
}

void H3Codec::blocked(int64_t id) {
  if (Local* local = find_local(id)) {
    local->is_blocked = true;
  } else if (H3Stream* stream = find(id)) {
    stream->handle_blocked();
  }
}

void H3Codec::write_closed(int64_t id) {
  if (H3Stream* stream = find(id)) note(stream->handle_write_closed());
}

std::vector<H3Order> H3Codec::take_orders() {
  return std::exchange(shared_.orders, {});
}

// ---- Requests.

http::Stream* H3Codec::open() {
  if (!is_open_for_more()) return nullptr;
  const Result<int64_t> id = shared_.owner.open_stream();
  return id ? &add_stream(*id) : nullptr;
}

void H3Codec::drain() {
  if (is_draining_ || shared_.role == Role::client) {
    is_draining_ = true;
    return;
  }
  is_draining_ = true;
  if (is_started()) send_goaway(kGoawayNotice);
}

void H3Codec::finish_drain() {
  if (request_limit_ != INT64_MAX || shared_.role == Role::client) return;
  request_limit_ = last_request_ + 4;
  if (is_started()) send_goaway(static_cast<uint64_t>(request_limit_));
}

bool H3Codec::is_serving() const {
  return std::ranges::any_of(streams_, [](const auto& entry) { return entry.second->is_owned(); });
}

TimePoint H3Codec::await_heads(TimePoint deadline) {
  while (H3Stream* stream = shared_.new_heads.pop_front()) {
    stream->await_head(deadline);
    shared_.awaited_heads.push_back(*stream);
  }
  const H3Stream* const first = shared_.awaited_heads.front();
  return first != nullptr ? first->head_deadline() : kNever;
}

void H3Codec::refuse_late_heads(TimePoint now) {
  while (H3Stream* stream = shared_.awaited_heads.front()) {
    if (stream->head_deadline() > now || failure_) return;
    shared_.awaited_heads.pop_front();
    note(stream->refuse_head());
  }
}

void H3Codec::abort(Error error) {
  open_requests_ = 0;
  for (auto& [id, stream] : streams_)
    stream->abort(error);
}

bool H3Codec::reap() {
  while (H3Stream* stream = shared_.finished.pop_front()) {
    streams_.erase(stream->id());
  }
  return streams_.empty();
}

bool H3Codec::is_refused(int64_t id) const {
  return id >= request_limit_;
}

void H3Codec::refuse(int64_t id) {
  const auto code = static_cast<uint64_t>(H3Code::request_rejected);
  shared_.order(H3Order::Kind::stop_stream, id, code);
  shared_.order(H3Order::Kind::reset_stream, id, code);
}

// ---- What the peer's control stream says.

void H3Codec::peer_settings(const H3PeerSettings& settings) {
  shared_.qpack.allow_encoder(settings.qpack_table_bytes, settings.qpack_blocked_streams);
}

H3Result H3Codec::peer_goaway(uint64_t id) {
  if (id > goaway_id_) return h3_fail(H3Code::id_error, "GOAWAY with a higher ID than before");
  if (shared_.role == Role::client && (id & 3) != 0)
    return h3_fail(H3Code::id_error, "GOAWAY of no request stream");
  goaway_id_ = id;
  has_goaway_ = true;
  if (shared_.role == Role::client) {
    for (auto& [stream_id, stream] : streams_) {
      if (static_cast<uint64_t>(stream_id) >= id) stream->handle_goaway();
    }
  }
  shared_.owner.changed();
  return {};
}

H3Result H3Codec::peer_priority(uint64_t id, std::string_view text) {
  if ((id & 3) != 0) return h3_fail(H3Code::id_error, "PRIORITY_UPDATE of no request stream");
  if (H3Stream* stream = find(static_cast<int64_t>(id))) stream->set_priority(parse_priority(text));
  return {};  // of a stream that is still to come, or is gone: only advice (RFC 9218 §7)
}

void H3Codec::peer_stream_ignored(int64_t id) {
  shared_.order(H3Order::Kind::stop_stream, id, static_cast<uint64_t>(H3Code::stream_creation_error));
}

// ---- Small helpers.

H3Stream* H3Codec::find(int64_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

H3Codec::Local* H3Codec::find_local(int64_t id) {
  for (Local& local : local_) {
    if (local.id == id) return &local;
  }
  return nullptr;
}

H3Stream& H3Codec::add_stream(int64_t id) {
  last_request_ = std::max(last_request_, id);
  ++open_requests_;
  return *streams_.emplace(id, std::make_unique<H3Stream>(shared_, id)).first->second;
}

void H3Codec::note(H3Result result) {
  if (!result && !failure_) failure_ = result.error();
}

void H3Codec::send_settings() {
  const std::array<std::pair<uint64_t, uint64_t>, 3> settings = {
      {{0x1, shared_.settings.qpack.decoder_table_bytes},
       {0x6, shared_.settings.head.head_bytes_max},
       {0x7, 0}}};
  std::array<unsigned char, 6 * kVarintBytesMax> payload;
  size_t size = 0;
  for (const auto& [id, value] : settings) {
    size += write_varint(std::span(payload).subspan(size), id);
    size += write_varint(std::span(payload).subspan(size), value);
  }
  std::array<unsigned char, kFrameHeaderBytesMax> header;
  const size_t header_size = write_frame_header(header, H3Frame::settings, size);
  local_[0].queue.push(shared_.blocks.copy(std::span(header).first(header_size)));
  local_[0].queue.push(shared_.blocks.copy(std::span(payload).first(size)));
}

void H3Codec::send_goaway(uint64_t id) {
  std::array<unsigned char, kFrameHeaderBytesMax + kVarintBytesMax> frame;
  std::array<unsigned char, kVarintBytesMax> number;
  const size_t number_size = write_varint(number, id);
  size_t size = write_frame_header(frame, H3Frame::goaway, number_size);
  size += write_varint(std::span(frame).subspan(size), id);
  local_[0].queue.push(shared_.blocks.copy(std::span(frame).first(size)));
  shared_.owner.changed();
}

}  // namespace qp::codec
