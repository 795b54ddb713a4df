// Decides which backend a request goes to. A balancer sees values only, no backends and no sockets: the
// weight and the load of every candidate, and which of them may be used. Whoever finds the choice unusable
// after all marks that candidate and asks again, so repeated picks give an order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "config/config.h"

namespace qp::upstream {

struct Candidate {
  uint32_t weight = 1;
  uint32_t active = 0;  // requests of this worker under way there
  bool is_usable = true;
};

class Balancer {
 public:
  virtual ~Balancer() = default;

  // The place of the chosen one; none if none is usable. The candidates are the same at every call, in the
  // same order; only their loads and marks differ. `key` is what hashing balancers look at.
  virtual std::optional<size_t> pick(std::span<const Candidate> candidates, uint64_t key) = 0;
};

// Every worker balances alone. `seed` differs by worker, so that they don't all begin with the same backend.
std::unique_ptr<Balancer> make_balancer(const config::LoadBalancer& config, uint64_t seed);

}  // namespace qp::upstream
