// Two candidates are drawn by weight, the better one is taken. Nearly as even as looking for the best of all,
// and workers that can't see each other's requests don't all run to the same backend.
#include <cassert>
#include <limits>

#include "base/random.h"
#include "upstream/balancer.h"
#include "upstream/latency.h"

namespace qp::upstream {

namespace {

// Two different usable ones; `second` is none where there is but one.
struct Draw {
  std::optional<size_t> first;
  std::optional<size_t> second;
  uint64_t pull = 0;  // of all that are usable
  uint32_t usable = 0;
};

// The one on which `place` falls when all usable ones but `left_out` lie side by side, as wide as their pull.
std::optional<size_t> at(std::span<const Candidate> candidates, uint64_t place,
                         std::optional<size_t> left_out) {
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].is_usable || i == left_out) continue;
    if (place < candidates[i].pull()) return i;
    place -= candidates[i].pull();
  }
  return std::nullopt;
}

Draw draw_two(std::span<const Candidate> candidates, Random& random) {
  Draw draw;
  for (const Candidate& candidate : candidates) {
    if (!candidate.is_usable || candidate.pull() == 0) continue;
    draw.pull += candidate.pull();
    ++draw.usable;
  }
  assert(draw.pull <= std::numeric_limits<uint32_t>::max());  // 4,096 backends of weight 1,000 and all warm
  if (draw.usable == 0) return draw;
  draw.first = at(candidates, random.below(static_cast<uint32_t>(draw.pull)), std::nullopt);
  const uint64_t rest = draw.pull - candidates[*draw.first].pull();
  if (rest > 0) draw.second = at(candidates, random.below(static_cast<uint32_t>(rest)), draw.first);
  return draw;
}

// By requests under way for its weight. Equals are as good as the draw.
class LeastRequest final : public Balancer {
 public:
  explicit LeastRequest(uint64_t seed) : random_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& /*asked*/) override {
    const Draw draw = draw_two(candidates, random_);
    if (!draw.second) return draw.first;
    const Candidate& first = candidates[*draw.first];
    const Candidate& second = candidates[*draw.second];
    const bool is_second_better =
        uint64_t{second.active} * first.pull() < uint64_t{first.active} * second.pull();
    return is_second_better ? draw.second : draw.first;
  }

 private:
  Random random_;
};

// By the time that one more request would have to wait: that of its answers lately, as often as requests are
// under way there. Weights make requests count less, not the time: at rest the quicker one is the better one.
class PeakEwma final : public Balancer {
 public:
  explicit PeakEwma(uint64_t seed) : random_(seed) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& asked) override {
    const Draw draw = draw_two(candidates, random_);
    if (!draw.second) return draw.first;
    const Candidate& first = candidates[*draw.first];
    const Candidate& second = candidates[*draw.second];
    const auto first_takes = latency_of(first, asked.now);
    const auto second_takes = latency_of(second, asked.now);
    // One of which nothing is known counts as quick as the other, so that its load decides.
    const double mean_pull = static_cast<double>(draw.pull) / draw.usable;
    const double first_cost = first_takes.value_or(second_takes.value_or(1)) * queue_of(first, mean_pull);
    const double second_cost = second_takes.value_or(first_takes.value_or(1)) * queue_of(second, mean_pull);
    return second_cost < first_cost ? draw.second : draw.first;
  }

 private:
  static std::optional<double> latency_of(const Candidate& candidate, TimePoint now) {
    return candidate.latency != nullptr ? candidate.latency->nanoseconds(now) : std::nullopt;
  }
  static double queue_of(const Candidate& candidate, double mean_pull) {
    return candidate.active * mean_pull / candidate.pull() + 1;
  }

  Random random_;
};

}  // namespace

std::unique_ptr<Balancer> make_least_request(uint64_t seed) {
  return std::make_unique<LeastRequest>(seed);
}

std::unique_ptr<Balancer> make_peak_ewma(uint64_t seed) {
  return std::make_unique<PeakEwma>(seed);
}

}  // namespace qp::upstream
