// Maglev hashing (Eisenbud et al., NSDI 2016): every backend has a favourite order of all slots of one table,
// and in turns they take their next free favourite. Shares are even to the slot, finding is one look; when a
// backend comes or goes, a few keys besides its own move too.
#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "upstream/hash_table.h"

namespace qp::upstream {

namespace {

constexpr uint32_t kSlots = 65537;  // prime, so that every step visits all of them
constexpr uint32_t kFree = UINT32_MAX;
constexpr uint64_t kLooksMax = 32;

class MaglevTable final : public HashTable {
 public:
  explicit MaglevTable(std::span<const Hashed> backends) : slots_(kSlots, kFree) {
    std::vector<Order> orders;
    uint32_t heaviest = 1;
    for (const Hashed& backend : backends) {
      const uint64_t identity = hash_of(backend.name);
      orders.push_back({.next = static_cast<uint32_t>(identity % kSlots),
                        .step = static_cast<uint32_t>(spread(identity) % (kSlots - 1) + 1)});
      heaviest = std::max(heaviest, backend.weight);
    }
    if (backends.empty()) return;
    // Each round gives a backend its weight, and a slot costs the heaviest one's.
    for (uint32_t left = kSlots; left > 0;) {
      for (size_t i = 0; i < orders.size() && left > 0; ++i) {
        orders[i].earned += backends[i].weight;
        if (orders[i].earned < heaviest) continue;
        orders[i].earned -= heaviest;
        take_slot(orders[i], static_cast<uint32_t>(i));
        --left;
      }
    }
  }

  std::optional<size_t> find(std::span<const Candidate> candidates, uint64_t key) const override {
    if (candidates.empty()) return std::nullopt;
    for (uint64_t look = 0; look < kLooksMax; ++look) {
      const size_t place = slots_[(spread(key + look) >> 32) * kSlots >> 32];
      if (may_have(candidates[place], key)) return place;
    }
    return usable_at(candidates, spread(key));  // most of them can't be used, or start slowly
  }

 private:
  struct Order {
    uint32_t next;
    uint32_t step;
    uint64_t earned = 0;
  };

  void take_slot(Order& order, uint32_t place) {
    while (slots_[order.next] != kFree)
      order.next = (order.next + order.step) % kSlots;
    slots_[order.next] = place;
  }

  std::vector<uint32_t> slots_;  // places of backends
};

}  // namespace

std::unique_ptr<const HashTable> make_maglev_table(std::span<const Hashed> backends) {
  return std::make_unique<MaglevTable>(backends);
}

}  // namespace qp::upstream
