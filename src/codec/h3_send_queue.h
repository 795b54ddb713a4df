// The bytes of one QUIC stream from the moment the codec has framed them until the peer has acknowledged
// them:
//
//     acked_ <= sent_ <= queued_
//
// Below acked_ they are forgotten; between acked_ and sent_ they may have to be sent again and stay where
// they are.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/slice.h"
#include "codec/h3_frame.h"

namespace qp::codec {

class H3SendQueue {
 public:
  void push(Slice slice) {
    if (slice.empty()) return;
    queued_ += slice.size();
    // A slice that was sent whole lies behind the cursor and must not grow.
    if (at_ == slices_.size() || !slices_.back().try_extend(slice)) slices_.push_back(std::move(slice));
  }

  uint64_t unsent() const { return queued_ - sent_; }
  uint64_t unacked() const { return sent_ - acked_; }

  // The next unsent bytes; returns how many pieces there are.
  size_t peek(std::span<H3Bytes> pieces) const {
    size_t count = 0;
    uint32_t skip = at_bytes_;
    for (size_t i = at_; i < slices_.size() && count < pieces.size(); ++i) {
      const H3Bytes bytes = slices_[i].bytes().subspan(skip);
      skip = 0;
      if (!bytes.empty()) pieces[count++] = bytes;
    }
    return count;
  }

  void sent(uint64_t count) {
    assert(count <= unsent());
    sent_ += count;
    while (count > 0) {
      const uint32_t left = slices_[at_].size() - at_bytes_;
      if (count < left) {
        at_bytes_ += static_cast<uint32_t>(count);
        return;
      }
      count -= left;
      ++at_;
      at_bytes_ = 0;
    }
  }

  void acked(uint64_t count) {
    assert(count <= unacked());
    acked_ += count;
    first_bytes_ += count;
    while (first_ < at_ && first_bytes_ >= slices_[first_].size()) {
      first_bytes_ -= slices_[first_].size();
      slices_[first_++] = Slice();
    }
    forget();
  }

  // Nothing will be sent or sent again any more.
  void clear() {
    slices_.clear();
    first_ = at_ = 0;
    at_bytes_ = 0;
    first_bytes_ = 0;
    acked_ = sent_ = queued_;
  }

 private:
  void forget() {
    if (first_ == slices_.size()) {
      slices_.clear();
      at_ = first_ = 0;
    } else if (first_ > 32 && first_ > slices_.size() / 2) {
      slices_.erase(slices_.begin(), slices_.begin() + static_cast<ptrdiff_t>(first_));
      at_ -= first_;
      first_ = 0;
    }
  }

  std::vector<Slice> slices_;
  size_t first_ = 0;          // the slice that holds acked_
  size_t at_ = 0;             // the slice that holds sent_
  uint32_t at_bytes_ = 0;     // how much of that slice was sent
  uint64_t first_bytes_ = 0;  // how much of the first slice was acknowledged
  uint64_t queued_ = 0;
  uint64_t sent_ = 0;
  uint64_t acked_ = 0;
};

}  // namespace qp::codec
