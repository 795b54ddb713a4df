// What bytes in transit cost besides being copied.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <vector>

#include "base/slice.h"

namespace qp {
namespace {

void commit_and_drop(benchmark::State& state) {
  BlockPool pool;
  for (auto _ : state) {
    pool.tail(16 * 1024);
    benchmark::DoNotOptimize(pool.commit(16 * 1024));
  }
}
BENCHMARK(commit_and_drop);

// A body in flight: each slice stays until 64 more have come, as unacknowledged bytes do.
void hold_slices(benchmark::State& state) {
  BlockPool pool;
  std::array<Slice, 64> held;
  size_t at = 0;
  for (auto _ : state) {
    pool.tail(16 * 1024);
    held[at++ % held.size()] = pool.commit(16 * 1024);
  }
}
BENCHMARK(hold_slices);

void copy_a_slice(benchmark::State& state) {
  BlockPool pool;
  const Slice slice = pool.copy("some bytes");
  for (auto _ : state) {
    Slice copy = slice;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(copy_a_slice);

}  // namespace
}  // namespace qp
