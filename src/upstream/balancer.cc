#include "upstream/balancer.h"

#include <algorithm>
#include <utility>

namespace qp::upstream {

std::optional<size_t> usable_at(std::span<const Candidate> candidates, uint64_t n) {
  const auto usable = static_cast<uint64_t>(std::ranges::count_if(candidates, &Candidate::is_usable));
  if (usable == 0) return std::nullopt;
  uint64_t skip = n % usable;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].is_usable && skip-- == 0) return i;
  }
  return std::nullopt;
}

std::unique_ptr<Balancer> make_balancer(const config::LoadBalancer& config, uint64_t seed,
                                        std::shared_ptr<const HashTable> table) {
  switch (config.algorithm) {
    case config::Algorithm::round_robin: return make_round_robin(seed);
    case config::Algorithm::least_connections: return make_least_connections(seed);
    case config::Algorithm::weighted: return make_weighted(seed);
    case config::Algorithm::least_request: return make_least_request(seed);
    case config::Algorithm::peak_ewma: return make_peak_ewma(seed);
    case config::Algorithm::ring_hash:
    case config::Algorithm::maglev: return make_hashed(std::move(table));
  }
  return nullptr;
}

}  // namespace qp::upstream
