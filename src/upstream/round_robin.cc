// One after the other, whatever their weights.
#include "base/random.h"
#include "upstream/balancer.h"

namespace qp::upstream {

namespace {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(uint64_t seed) : turn_(seed), random_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& /*asked*/) override {
    std::optional<size_t> chosen = usable_at(candidates, turn_++);
    // One that starts slowly lets some of its turns go to whoever comes next; if all of them do, it was
    // asked.
    for (size_t left = candidates.size(); chosen && left > 0 && lets_go(candidates[*chosen]); --left)
      chosen = usable_at(candidates, turn_++);
    return chosen;
  }

 private:
  bool lets_go(const Candidate& candidate) {
    return candidate.warmth < kWarm && random_.below(kWarm) >= candidate.warmth;
  }

  uint64_t turn_;
  Random random_;
};

}  // namespace

std::unique_ptr<Balancer> make_round_robin(uint64_t seed) {
  return std::make_unique<RoundRobin>(seed);
}

}  // namespace qp::upstream
