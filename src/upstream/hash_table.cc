#include "upstream/hash_table.h"

#include <utility>

#include "base/hash.h"

namespace qp::upstream {

namespace {

class HashedBalancer final : public Balancer {
 public:
  explicit HashedBalancer(std::shared_ptr<const HashTable> table) : table_(std::move(table)) {}

  std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& asked) override {
    return table_->find(candidates, asked.key);
  }

 private:
  std::shared_ptr<const HashTable> table_;
};

}  // namespace

std::unique_ptr<Balancer> make_hashed(std::shared_ptr<const HashTable> table) {
  return std::make_unique<HashedBalancer>(std::move(table));
}

std::unique_ptr<const HashTable> make_hash_table(config::Algorithm algorithm,
                                                 std::span<const Hashed> backends) {
  switch (algorithm) {
    case config::Algorithm::ring_hash: return make_hash_ring(backends);
    case config::Algorithm::maglev: return make_maglev_table(backends);
    case config::Algorithm::round_robin:
    case config::Algorithm::least_connections:
    case config::Algorithm::weighted:
    case config::Algorithm::least_request:
    case config::Algorithm::peak_ewma: break;
  }
  return nullptr;
}

bool may_have(const Candidate& candidate, uint64_t key) {
  if (!candidate.is_usable) return false;
  return candidate.warmth >= kWarm || spread(~key) % kWarm < candidate.warmth;
}

}  // namespace qp::upstream
