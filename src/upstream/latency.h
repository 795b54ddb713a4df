// How long a backend takes to answer, as peak_ewma sees it: it believes bad news at once and good news
// slowly, and forgets both, so that a backend that was slow once is tried again.
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/clock.h"

namespace qp::upstream {

class Latency {
 public:
  // After so long without news, 1/e of an estimate is left.
  static constexpr Duration kMemory = std::chrono::seconds(10);

  // A request was answered after that time.
  void note(Duration took, TimePoint now) {
    const auto sample = static_cast<double>(took.count());
    const double kept = part_left(now);
    nanoseconds_ = is_known_ ? std::max(sample, kept * nanoseconds_ + (1 - kept) * sample) : sample;
    noted_at_ = now;
    is_known_ = true;
  }
  // A request was given up unanswered after that time: bad news, or none.
  void note_unanswered(Duration waited, TimePoint now) {
    if (static_cast<double>(waited.count()) > nanoseconds(now).value_or(0)) note(waited, now);
  }

  // None while nothing is known.
  std::optional<double> nanoseconds(TimePoint now) const {
    if (!is_known_) return std::nullopt;
    return nanoseconds_ * part_left(now);
  }

 private:
  double part_left(TimePoint now) const {
    return std::exp(-static_cast<double>((now - noted_at_).count()) / static_cast<double>(kMemory.count()));
  }

  double nanoseconds_ = 0;
  TimePoint noted_at_{};
  bool is_known_ = false;
};

}  // namespace qp::upstream
