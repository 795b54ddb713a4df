// Decides which backend a request goes to. A balancer sees values only, no backends and no sockets: the
// weight and the load of every candidate, and which of them may be used. Whoever finds the choice unusable
// after all marks that candidate and asks again, so repeated picks give an order.
//
// Every worker balances alone. A pick allocates nothing, but for the very first one of a balancer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/clock.h"
#include "config/config.h"

namespace qp::upstream {

class HashTable;
class Latency;

// Of a candidate that has its full share.
inline constexpr uint32_t kWarm = 256;

struct Candidate {
  uint32_t weight = 1;
  uint32_t active = 0;      // requests of this worker under way there
  uint32_t warmth = kWarm;  // 1 to kWarm: what part of its share it gets while it starts slowly
  bool is_usable = true;
  const Latency* latency = nullptr;  // of its answers; null where nobody measures it

  // What its share is measured by; at most 2^18.
  uint32_t pull() const { return weight * warmth; }
};

// About the request that is to be placed.
struct Asked {
  uint64_t key = 0;  // what hashing balancers look at: the same for requests that belong together
  TimePoint now{};
};

class Balancer {
 public:
  virtual ~Balancer() = default;

  // The place of the chosen one; none if none is usable. The candidates are the same at every call, in the
  // same order; only their loads and marks differ.
  virtual std::optional<size_t> pick(std::span<const Candidate> candidates, const Asked& asked) = 0;
};

// `seed` differs by worker, so that they don't all begin with the same backend. `table` is what
// make_hash_table() made of the same configuration.
std::unique_ptr<Balancer> make_balancer(const config::LoadBalancer& config, uint64_t seed,
                                        std::shared_ptr<const HashTable> table = nullptr);
std::unique_ptr<Balancer> make_round_robin(uint64_t seed);
std::unique_ptr<Balancer> make_weighted(uint64_t seed);
std::unique_ptr<Balancer> make_least_connections(uint64_t seed);
std::unique_ptr<Balancer> make_least_request(uint64_t seed);
std::unique_ptr<Balancer> make_peak_ewma(uint64_t seed);
std::unique_ptr<Balancer> make_hashed(std::shared_ptr<const HashTable> table);

// The n-th usable one, counted around. The unusable ones are left out of the row: passing on from them would
// give their whole share to the one that follows.
std::optional<size_t> usable_at(std::span<const Candidate> candidates, uint64_t n);

}  // namespace qp::upstream
