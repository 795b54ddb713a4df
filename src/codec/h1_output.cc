#include "codec/h1_output.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "codec/h1_writer.h"

namespace qp::codec::h1 {

namespace {

constexpr size_t kKeptTextBytes = 1024;  // what an idle connection may keep allocated for its next head

Output::Piece piece_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

void Output::begin_body(http::Pipe& body, Framing framing, uint64_t length) {
  assert(body_ == nullptr && run_ == 0 && after_.empty());
  body_ = &body;
  framing_ = framing;
  left_ = length;
  is_last_run_ = false;
}

void Output::drop() {
  *this = Output();
}

bool Output::release_body() {
  if (body_ == nullptr) return true;
  if (!body_->is_finished() || (framing_ == Framing::length && left_ > 0)) return false;
  if (framing_ == Framing::chunked) write_last_chunk(after_, body_->trailers());
  body_ = nullptr;
  return true;
}

bool Output::cut_run() {
  if (body_ == nullptr || run_ > 0 || !after_.empty()) return true;
  const uint64_t ready = body_->ready();
  bool is_last = body_->is_ended();
  if (framing_ == Framing::length) {
    if (ready > left_ || (is_last && ready < left_)) return false;
    left_ -= ready;
    is_last = left_ == 0;  // complete for the peer, though the pipe may not have been told yet
  } else if (framing_ == Framing::chunked) {
    cut_chunk(ready);
    if (is_last) write_last_chunk(after_, body_->trailers());
  }
  run_ = ready;
  is_last_run_ = is_last;
  if (is_last && ready == 0) body_ = nullptr;
  return true;
}

void Output::cut_chunk(uint64_t bytes) {
  if (bytes == 0) return;
  write_chunk_size(before_, bytes);
  after_ = "\r\n";
}

size_t Output::gather(std::span<Piece> pieces, uint64_t bytes_max) const {
  size_t count = 0;
  const auto add_text = [&](const std::string& text, size_t text_sent) {
    if (text_sent == text.size() || count == pieces.size() || bytes_max == 0) return;
    const std::string_view rest = std::string_view(text).substr(text_sent, bytes_max);
    pieces[count++] = piece_of(rest);
    bytes_max -= rest.size();
  };

  add_text(before_, before_sent_);
  uint64_t run_left = run_;
  if (run_left > 0) {
    const size_t first = count;
    count += body_->peek(pieces.subspan(count), std::min(bytes_max, run_left));
    for (const Piece& piece : pieces.subspan(first, count - first)) {
      run_left -= piece.size();
      bytes_max -= piece.size();
    }
  }
  if (run_left == 0) add_text(after_, after_sent_);
  return count;
}

uint64_t Output::sent(uint64_t bytes) {
  bytes -= consume(before_, before_sent_, bytes);
  const uint64_t body_bytes = std::min(bytes, run_);
  if (body_bytes > 0) {
    body_->take(body_bytes);
    run_ -= body_bytes;
    bytes -= body_bytes;
    if (run_ == 0 && is_last_run_) body_ = nullptr;
  }
  bytes -= consume(after_, after_sent_, bytes);
  assert(bytes == 0);
  return body_bytes;
}

// The first bytes of `text` that weren't sent yet are now; says how many they were.
uint64_t Output::consume(std::string& text, size_t& consumed, uint64_t bytes) {
  const size_t count = static_cast<size_t>(std::min<uint64_t>(bytes, text.size() - consumed));
  consumed += count;
  if (consumed < text.size()) return count;
  consumed = 0;
  text.clear();
  if (text.capacity() > kKeptTextBytes) text.shrink_to_fit();
  return count;
}

}  // namespace qp::codec::h1
