#include "support/quic_peer.h"

#include <algorithm>
#include <utility>

namespace qp::test {
namespace {

std::string text_of(const transport::ConnectionId& id) {
  return {reinterpret_cast<const char*>(id.data.data()), id.size};
}

bool has_more(const QuicPeer::Outbox& outbox) {
  const bool is_open = !outbox.is_blocked && !outbox.is_write_closed;
  return is_open && (outbox.taken < outbox.data.size() || (outbox.fin && !outbox.is_fin_taken));
}

}  // namespace

void QuicPeer::consume() {
  if (session == nullptr || session->is_over()) return;
  session->allow_streams(std::exchange(closed_by_peer_, 0));
  if (consuming == Consume::never) return;
  for (const auto& [id, bytes] : consumed_) {
    session->extend_stream(id, bytes);
    session->extend_connection(bytes);
  }
  consumed_.clear();
}

void QuicPeer::stream_data(int64_t id, transport::Bytes bytes, bool fin) {
  Inbox& inbox = inboxes[id];
  inbox.data.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  inbox.is_ended |= fin;
  consumed_[id] += bytes.size();
}

void QuicPeer::stream_closed(int64_t id) {
  inboxes[id].is_closed = true;
  outboxes[id].is_write_closed = true;
  if (id % 4 < 2) ++closed_by_peer_;
}

transport::StreamChunk QuicPeer::next_chunk() {
  transport::StreamChunk chunk;
  auto ready = std::find_if(outboxes.upper_bound(last_offered_), outboxes.end(),
                            [](const auto& entry) { return has_more(entry.second); });
  if (ready == outboxes.end())
    ready = std::ranges::find_if(outboxes, [](const auto& e) { return has_more(e.second); });
  if (ready == outboxes.end()) return chunk;
  const auto& [id, outbox] = *ready;
  last_offered_ = id;
  chunk.id = id;
  size_t at = outbox.taken;
  while (at < outbox.data.size() && chunk.piece_count < transport::StreamChunk::kPiecesMax) {
    const size_t size = std::min(piece_bytes, outbox.data.size() - at);
    chunk.pieces[chunk.piece_count++] = transport::bytes_of(std::string_view(outbox.data).substr(at, size));
    at += size;
  }
  chunk.fin = outbox.fin && at == outbox.data.size();
  return chunk;
}

void QuicPeer::taken(int64_t id, size_t bytes) {
  Outbox& outbox = outboxes[id];
  outbox.taken += bytes;
  outbox.is_fin_taken = outbox.fin && outbox.taken == outbox.data.size();
}

void QuicPeer::blocked(int64_t id) {
  outboxes[id].is_blocked = true;
  ++blocked_count;
}

transport::ConnectionId QuicPeer::make_id() {
  std::array<unsigned char, kIdBytes> bytes;
  for (unsigned char& byte : bytes)
    byte = static_cast<unsigned char>(random_.next());
  return transport::ConnectionId(bytes);
}

transport::StatelessResetToken QuicPeer::reset_token(const transport::ConnectionId& id) {
  return token_of(text_of(id));
}

transport::StatelessResetToken QuicPeer::token_of(std::string_view id) {
  transport::StatelessResetToken token;
  for (size_t i = 0; i < token.size(); ++i)
    token[i] = static_cast<unsigned char>(id[i % id.size()] ^ i);
  return token;
}

void QuicPeer::add_id(const transport::ConnectionId& id) {
  ids.insert(text_of(id));
}

void QuicPeer::remove_id(const transport::ConnectionId& id) {
  if (ids.erase(text_of(id)) > 0) retired_ids.insert(text_of(id));
}

}  // namespace qp::test
