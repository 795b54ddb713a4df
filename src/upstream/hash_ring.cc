// A circle with many points of each backend on it; a key belongs to the first point at or after it. Backends
// that come or go move only the keys next to their own points.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/hash.h"
#include "upstream/hash_table.h"

namespace qp::upstream {

namespace {

constexpr double kPointsPerBackend =
    160;  // of the least weight; shares are within some 8 % of what they should be
constexpr double kRingPointsMax = 65536;

class HashRing final : public HashTable {
 public:
  explicit HashRing(std::span<const Hashed> backends) {
    double weights = 0;
    double least = 1e9;
    for (const Hashed& backend : backends) {
      weights += backend.weight;
      least = std::min<double>(least, backend.weight);
    }
    const double points_per_weight = std::min(kPointsPerBackend / least, kRingPointsMax / weights);
    for (size_t i = 0; i < backends.size(); ++i) {
      const auto points = std::max(1L, std::lround(backends[i].weight * points_per_weight));
      add(static_cast<uint32_t>(i), hash_of(backends[i].name), static_cast<uint64_t>(points));
    }
    std::ranges::sort(points_);
  }

  std::optional<size_t> find(std::span<const Candidate> candidates, uint64_t key) const override {
    const auto any = std::ranges::find_if(candidates, &Candidate::is_usable);
    if (any == candidates.end()) return std::nullopt;  // the whole circle would be walked for that
    const Point wanted{.position = static_cast<uint32_t>(spread(key) >> 32), .place = 0};
    const auto begin = static_cast<size_t>(std::ranges::lower_bound(points_, wanted) - points_.begin());
    for (size_t n = 0; n < points_.size(); ++n) {
      const uint32_t place = points_[(begin + n) % points_.size()].place;
      if (may_have(candidates[place], key)) return place;
    }
    return static_cast<size_t>(any - candidates.begin());  // all of them start slowly
  }

 private:
  struct Point {
    uint32_t position;
    uint32_t place;
    auto operator<=>(const Point&) const = default;
  };

  void add(uint32_t place, uint64_t identity, uint64_t count) {
    for (uint64_t n = 0; n < count; ++n) {
      points_.push_back({.position = static_cast<uint32_t>(spread(identity + n) >> 32), .place = place});
    }
  }

  std::vector<Point> points_;
};

}  // namespace

std::unique_ptr<const HashTable> make_hash_ring(std::span<const Hashed> backends) {
  return std::make_unique<HashRing>(backends);
}

}  // namespace qp::upstream
