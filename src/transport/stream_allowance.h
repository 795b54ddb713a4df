// How many request streams the peer may open in all (RFC 9000 §4.6). That one was closed is told to it when
// it has used up half of what it knows of, so that not every request costs a MAX_STREAMS frame, a packet for
// it and an acknowledgement; a peer with more than half of its streams open is told at once.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

namespace qp::transport {

class StreamAllowance {
 public:
  explicit StreamAllowance(uint64_t concurrent_max)
      : concurrent_max_(concurrent_max), told_(concurrent_max) {}

  // The peer's stream with this ordinal (0: its first) is open, and so is or was each one below it (§2.1).
  void opened(uint64_t ordinal) { opened_ = std::max(opened_, ordinal + 1); }
  void closed(uint64_t streams) { untold_ += streams; }

  // By how many the peer's limit is to be raised now.
  uint64_t take() {
    if (untold_ == 0 || told_ - opened_ > concurrent_max_ / 2) return 0;
    told_ += untold_;
    return std::exchange(untold_, 0);
  }

 private:
  const uint64_t concurrent_max_;
  uint64_t told_;
  uint64_t opened_ = 0;
  uint64_t untold_ = 0;
};

}  // namespace qp::transport
