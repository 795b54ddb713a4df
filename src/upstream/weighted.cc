// In turn by weight.
#include "upstream/smooth_turn.h"

namespace qp::upstream {

namespace {

class Weighted final : public Balancer {
 public:
  explicit Weighted(uint64_t seed) : turn_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& /*asked*/) override {
    return turn_.next(candidates, [](const Candidate& candidate) { return candidate.is_usable; });
  }

 private:
  SmoothTurn turn_;
};

}  // namespace

std::unique_ptr<Balancer> make_weighted(uint64_t seed) {
  return std::make_unique<Weighted>(seed);
}

}  // namespace qp::upstream
