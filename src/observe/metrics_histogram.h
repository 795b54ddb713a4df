// Histograms by fixed buckets: the bounds that there are, and one that a thread keeps for itself until it is
// published in a shard.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"

namespace qp::observe {

// Upper bounds of buckets, growing, in the unit of what is counted; the bucket without a bound comes behind
// them.
using Bounds = std::span<const uint64_t>;

namespace bounds {

constexpr uint64_t us(uint64_t count) {
  return count * 1000;
}
constexpr uint64_t ms(uint64_t count) {
  return us(count) * 1000;
}

// Nanoseconds.
inline constexpr std::array<uint64_t, 16> latency = {
    us(250), us(500), ms(1),   ms(2),    ms(5),    ms(10),   ms(25),    ms(50),
    ms(100), ms(250), ms(500), ms(1000), ms(2500), ms(5000), ms(10000), ms(30000)};
inline constexpr std::array<uint64_t, 13> round_trip = {us(100), us(250), us(500), ms(1),  ms(2),
                                                        ms(5),   ms(10),  ms(25),  ms(50), ms(100),
                                                        ms(200), ms(500), ms(1000)};
inline constexpr std::array<uint64_t, 10> turn = {us(10),  us(25), us(50), us(100), us(250),
                                                  us(500), ms(1),  ms(5),  ms(25),  ms(100)};
// Bytes.
inline constexpr std::array<uint64_t, 9> size = {256,    1024,    4096,     16384,    65536,
                                                 262144, 1048576, 16777216, 268435456};
// Datagrams; io::batch_class counts by the same ones.
inline constexpr std::array<uint64_t, 8> batch = {1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace bounds

// No branch to be mispredicted: there are few bounds.
constexpr uint32_t bucket_of(Bounds bounds, uint64_t value) {
  uint32_t bucket = 0;
  for (const uint64_t bound : bounds)
    bucket += value > bound ? 1 : 0;
  return bucket;
}

constexpr uint64_t nanoseconds(Duration duration) {
  return static_cast<uint64_t>(std::max(duration.count(), Duration::rep{0}));
}

template <const auto& kBounds>
struct Histogram {
  std::array<uint64_t, kBounds.size() + 1> buckets{};
  uint64_t sum = 0;

  void observe(uint64_t value) {
    ++buckets[bucket_of(kBounds, value)];
    sum += value;
  }
};

}  // namespace qp::observe
