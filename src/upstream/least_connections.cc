// The least requests under way for its weight; among equals in turn by weight, so that a quiet proxy shares
// like `weighted` does.
#include "upstream/smooth_turn.h"

namespace qp::upstream {

namespace {

bool is_less_loaded(const Candidate& a, const Candidate& b) {
  return uint64_t{a.active} * b.pull() < uint64_t{b.active} * a.pull();
}

class LeastConnections final : public Balancer {
 public:
  explicit LeastConnections(uint64_t seed) : turn_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& /*asked*/) override {
    const Candidate* least = nullptr;
    for (const Candidate& candidate : candidates) {
      if (!candidate.is_usable || candidate.pull() == 0) continue;
      if (least == nullptr || is_less_loaded(candidate, *least)) least = &candidate;
    }
    if (least == nullptr) return std::nullopt;
    return turn_.next(candidates, [least](const Candidate& candidate) {
      return candidate.is_usable && !is_less_loaded(*least, candidate);
    });
  }

 private:
  SmoothTurn turn_;
};

}  // namespace

std::unique_ptr<Balancer> make_least_connections(uint64_t seed) {
  return std::make_unique<LeastConnections>(seed);
}

}  // namespace qp::upstream
