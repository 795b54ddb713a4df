#include "upstream/balancer.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace qp::upstream {

namespace {

// The n-th usable one, counted around. The unusable ones are left out of the row: passing on from them would
// give their whole share to the one that follows.
std::optional<size_t> usable_at(std::span<const Candidate> candidates, uint64_t n) {
  const auto usable = static_cast<uint64_t>(std::ranges::count_if(candidates, &Candidate::is_usable));
  if (usable == 0) return std::nullopt;
  uint64_t skip = n % usable;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].is_usable && skip-- == 0) return i;
  }
  return std::nullopt;
}

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(uint64_t seed) : turn_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, uint64_t /*key*/) override {
    return usable_at(candidates, turn_++);
  }

 private:
  uint64_t turn_;
};

// Smooth weighted round robin: everyone earns its weight a turn, the richest is chosen and pays for all.
// Weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
//
//   sum of balances = 0 over those that took part since the start
class Weighted final : public Balancer {
 public:
  explicit Weighted(uint64_t seed) : seed_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, uint64_t /*key*/) override {
    if (balances_.empty()) start(candidates);
    return choose(candidates);
  }

 private:
  static constexpr uint64_t kStartPicksMax = 1000;

  // Another worker begins at another place of the same cycle.
  void start(std::span<const Candidate> candidates) {
    balances_.resize(candidates.size());
    uint64_t cycle = 0;
    for (const Candidate& candidate : candidates)
      cycle += candidate.weight;
    if (cycle == 0) return;
    for (uint64_t skipped = seed_ % std::min(cycle, kStartPicksMax); skipped > 0; --skipped)
      choose(candidates);
  }

  std::optional<size_t> choose(std::span<const Candidate> candidates) {
    std::optional<size_t> best;
    int64_t earned = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (!candidates[i].is_usable || candidates[i].weight == 0) continue;
      balances_[i] += candidates[i].weight;
      earned += candidates[i].weight;
      if (!best || balances_[i] > balances_[*best]) best = i;
    }
    if (best) balances_[*best] -= earned;
    return best;
  }

  uint64_t seed_;
  std::vector<int64_t> balances_;
};

// The least requests under way for its weight; among equals one after the other.
class LeastConnections final : public Balancer {
 public:
  explicit LeastConnections(uint64_t seed) : turn_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, uint64_t /*key*/) override {
    std::optional<size_t> best = usable_at(candidates, turn_++);
    const size_t start = best.value_or(0);
    for (size_t n = 1; best && n < candidates.size(); ++n) {
      const size_t i = (start + n) % candidates.size();
      if (candidates[i].is_usable && is_less_loaded(candidates[i], candidates[*best])) best = i;
    }
    return best;
  }

 private:
  // With the request that is to come, so that weights count among idle ones too: (a + 1) / weight < (b + 1) /
  // weight.
  static bool is_less_loaded(const Candidate& a, const Candidate& b) {
    return (uint64_t{a.active} + 1) * b.weight < (uint64_t{b.active} + 1) * a.weight;
  }

  uint64_t turn_;
};

}  // namespace

std::unique_ptr<Balancer> make_balancer(const config::LoadBalancer& config, uint64_t seed) {
  switch (config.algorithm) {
    case config::Algorithm::round_robin: return std::make_unique<RoundRobin>(seed);
    case config::Algorithm::least_connections: return std::make_unique<LeastConnections>(seed);
    case config::Algorithm::weighted: return std::make_unique<Weighted>(seed);
  }
  return nullptr;
}

}  // namespace qp::upstream
