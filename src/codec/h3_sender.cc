#include "codec/h3_sender.h"

#include <algorithm>
#include <span>
#include <utility>

namespace qp::codec {

void H3Sender::push_section(const H3HeadLines& lines) {
  queue_.push(shared_.qpack.encode(id_, lines.lines(), shared_.blocks));
}

void H3Sender::begin(http::Pipe* body) {
  pipe_ = body;
  is_end_queued_ = body == nullptr;
}

// Slices go from the pipe to the queue as they are.
bool H3Sender::pull() {
  if (pipe_ == nullptr || is_stopped_ || is_blocked_) return false;
  bool has_pulled = false;
  while (queue_.unsent() < kPullBytesMax && pipe_->ready() > 0) {
    uint32_t left = static_cast<uint32_t>(std::min<uint64_t>(pipe_->ready(), kPullBytesMax));
    const std::span<unsigned char> tail = shared_.blocks.tail(kFrameHeaderBytesMax);
    queue_.push(shared_.blocks.commit(static_cast<uint32_t>(write_frame_header(tail, H3Frame::data, left))));
    while (left > 0) {
      Slice slice = pipe_->take_slice(left);
      left -= slice.size();
      queue_.push(std::move(slice));
    }
    has_pulled = true;
  }
  return take_end() || has_pulled;
}

bool H3Sender::take_end() {
  if (pipe_ == nullptr || !pipe_->is_finished()) return false;
  if (const http::Trailers* trailers = pipe_->trailers()) push_section(H3HeadLines(*trailers));
  pipe_ = nullptr;
  is_end_queued_ = true;
  return true;
}

bool H3Sender::has_work() const {
  if (is_blocked_ || is_stopped_ || is_end_sent_) return false;
  if (queue_.unsent() > 0 || is_end_queued_) return true;
  return pipe_ != nullptr && (pipe_->ready() > 0 || pipe_->is_finished());
}

void H3Sender::offer(H3Chunk& chunk) const {
  chunk.id = id_;
  chunk.piece_count = queue_.peek(chunk.pieces);
  chunk.bytes = 0;
  for (size_t i = 0; i < chunk.piece_count; ++i)
    chunk.bytes += chunk.pieces[i].size();
  chunk.fin = is_end_queued_ && chunk.bytes == queue_.unsent();
}

void H3Sender::taken(const H3Chunk& chunk, size_t bytes) {
  queue_.sent(bytes);
  is_end_sent_ |= chunk.fin && queue_.unsent() == 0;
}

bool H3Sender::stop() {
  pipe_ = nullptr;
  return !std::exchange(is_stopped_, true);
}

void H3Sender::close() {
  stop();
  queue_.clear();
}

}  // namespace qp::codec
