// Where each key belongs, for balancers that hash: immutable, made by control with a snapshot, shared by the
// workers. The same backends give the same table in every proxy. A key whose backend may not be used moves to
// another one; all other keys stay.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "config/config.h"
#include "upstream/balancer.h"

namespace qp::upstream {

// A backend as a table sees it. Its name decides what it gets, not its place in the list.
struct Hashed {
  std::string_view name;
  uint32_t weight = 1;
};

class HashTable {
 public:
  virtual ~HashTable() = default;

  // The place of the backend for that key; none if none is usable. `candidates` are those of the table.
  virtual std::optional<size_t> find(std::span<const Candidate> candidates, uint64_t key) const = 0;
};

// Null for algorithms that don't hash.
std::unique_ptr<const HashTable> make_hash_table(config::Algorithm algorithm,
                                                 std::span<const Hashed> backends);
std::unique_ptr<const HashTable> make_hash_ring(std::span<const Hashed> backends);
std::unique_ptr<const HashTable> make_maglev_table(std::span<const Hashed> backends);

// Whether a candidate may have that key. One that starts slowly has no more than its part of its keys, and
// always the same ones.
bool may_have(const Candidate& candidate, uint64_t key);

}  // namespace qp::upstream
