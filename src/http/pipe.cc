#include "http/pipe.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::http {

void Pipe::push(Slice slice) {
  assert(!ended_);
  if (slice.empty()) return;
  filled_ += slice.size();
  // A half-taken slice may grow too: its taken part lies at its front. One that was taken whole and is only
  // held may not: the cursor is past it.
  if (cursor_ == slices_.size() || !slices_.back().try_extend(slice)) slices_.push_back(std::move(slice));
  if (held_ && filled_ > held_bytes_max_) commit();
}

void Pipe::end() {
  assert(!ended_);
  ended_ = true;
}

void Pipe::end(Trailers trailers) {
  end();
  if (!trailers.empty()) trailers_ = std::make_unique<Trailers>(std::move(trailers));
}

size_t Pipe::peek(std::span<Bytes> out, uint64_t bytes_max) const {
  size_t count = 0;
  uint32_t skip = cursor_bytes_;
  for (size_t i = cursor_; i < slices_.size() && count < out.size() && bytes_max > 0; ++i) {
    Bytes bytes = slices_[i].bytes().subspan(skip);
    skip = 0;
    if (bytes.empty()) continue;
    if (bytes.size() > bytes_max) bytes = bytes.first(bytes_max);
    bytes_max -= bytes.size();
    out[count++] = bytes;
  }
  return count;
}

void Pipe::take(uint64_t count) {
  advance(count);
  forget();
}

Slice Pipe::take_slice(uint32_t bytes_max) {
  if (cursor_ == slices_.size()) return {};
  const uint32_t size = std::min(bytes_max, slices_[cursor_].size() - cursor_bytes_);
  Slice slice = slices_[cursor_].sub(cursor_bytes_, size);
  take(size);
  return slice;
}

void Pipe::commit() {
  held_ = false;
  forget();
}

bool Pipe::rewind() {
  if (!held_) return false;
  taken_ = 0;
  cursor_ = first_;
  cursor_bytes_ = 0;
  return true;
}

void Pipe::clear() {
  slices_.clear();
  first_ = cursor_ = 0;
  cursor_bytes_ = 0;
  ended_ = held_ = false;
  filled_ = taken_ = taken_high_ = credited_ = 0;
  trailers_.reset();
}

void Pipe::advance(uint64_t count) {
  assert(count <= ready());
  taken_ += count;
  taken_high_ = std::max(taken_high_, taken_);
  while (count > 0) {
    const uint32_t left = slices_[cursor_].size() - cursor_bytes_;
    if (count < left) {
      cursor_bytes_ += static_cast<uint32_t>(count);
      return;
    }
    count -= left;
    ++cursor_;
    cursor_bytes_ = 0;
  }
}

void Pipe::forget() {
  if (held_) return;
  for (; first_ < cursor_; ++first_)
    slices_[first_] = Slice();
  if (first_ == slices_.size()) {
    slices_.clear();
    first_ = cursor_ = 0;
  } else if (first_ > 32 && first_ > slices_.size() / 2) {
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<ptrdiff_t>(first_));
    cursor_ -= first_;
    first_ = 0;
  }
}

}  // namespace qp::http
