// Smooth weighted turns: everyone earns its weight a turn, the richest is chosen and pays for all. Weights 5,
// 1, 1 give a a b a c a a, not a a a a a b c.
//
//   sum of balances = 0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "upstream/balancer.h"

namespace qp::upstream {

class SmoothTurn {
 public:
  // Another seed begins at another place of the same cycle.
  explicit SmoothTurn(uint64_t seed) : seed_(seed) {}

  // The next of those for which `takes_part(Candidate)` holds. A weight of zero has no turn.
  template <typename Condition>
  std::optional<size_t> next(std::span<const Candidate> candidates, Condition takes_part) {
    if (balances_.empty()) start(candidates, takes_part);
    return choose(candidates, takes_part);
  }

 private:
  static constexpr uint64_t kStartPicksMax = 1000;

  template <typename Condition>
  void start(std::span<const Candidate> candidates, Condition takes_part) {
    balances_.resize(candidates.size());
    uint64_t cycle = 0;
    for (const Candidate& candidate : candidates)
      cycle += candidate.weight;
    if (cycle == 0) return;
    for (uint64_t skipped = seed_ % std::min(cycle, kStartPicksMax); skipped > 0; --skipped)
      choose(candidates, takes_part);
  }

  template <typename Condition>
  std::optional<size_t> choose(std::span<const Candidate> candidates, Condition takes_part) {
    std::optional<size_t> best;
    int64_t earned = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      const int64_t pull = candidates[i].pull();
      if (pull == 0 || !takes_part(candidates[i])) continue;
      balances_[i] += pull;
      earned += pull;
      if (!best || balances_[i] > balances_[*best]) best = i;
    }
    if (best) balances_[*best] -= earned;
    return best;
  }

  uint64_t seed_;
  std::vector<int64_t> balances_;
};

}  // namespace qp::upstream
