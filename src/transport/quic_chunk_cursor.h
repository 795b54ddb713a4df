// The chunk of a stream that packets are being made of, and how far it has got into them.
#pragma once
#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "transport/quic_session.h"

namespace qp::transport {

class QuicChunkCursor {
 public:
  void begin(const StreamChunk& chunk) {
    id_ = chunk.id;
    is_last_ = chunk.fin;
    at_ = 0;
    count_ = chunk.piece_count;
    for (size_t i = 0; i < count_; ++i)
      pieces_[i] = {const_cast<uint8_t*>(chunk.pieces[i].data()), chunk.pieces[i].size()};
  }

  bool is_empty() const { return id_ < 0; }
  int64_t id() const { return id_; }
  bool is_last() const { return is_last_; }  // the stream ends with it
  std::span<const ngtcp2_vec> left() const { return std::span(pieces_).subspan(at_, count_ - at_); }

  // So many bytes of it are in a packet; empty once that was all.
  void take(size_t bytes) {
    while (at_ < count_ && bytes >= pieces_[at_].len)
      bytes -= pieces_[at_++].len;
    if (at_ == count_) {
      id_ = -1;
      return;
    }
    pieces_[at_].base += bytes;
    pieces_[at_].len -= bytes;
  }

  // Nothing more of it goes into packets; returns the stream's id.
  int64_t drop() { return std::exchange(id_, -1); }

 private:
  int64_t id_ = -1;
  bool is_last_ = false;
  size_t at_ = 0;
  size_t count_ = 0;
  std::array<ngtcp2_vec, StreamChunk::kPiecesMax> pieces_;
};

}  // namespace qp::transport
