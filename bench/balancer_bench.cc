// What a choice costs with 3, 30 and 300 backends: of the balancer alone, and with the look at every pool
// that comes before it.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "support/line_codec.h"
#include "support/reactor_world.h"
#include "upstream/balancer.h"
#include "upstream/cluster.h"
#include "upstream/hash_table.h"
#include "upstream/latency.h"

namespace qp::upstream {
namespace {

using config::Algorithm;

std::vector<std::string> names(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i)
    names.push_back("backend" + std::to_string(i));
  return names;
}

std::shared_ptr<const HashTable> table_of(Algorithm algorithm, const std::vector<std::string>& names) {
  std::vector<Hashed> backends;
  for (const std::string& name : names)
    backends.push_back({.name = name});
  return make_hash_table(algorithm, backends);
}

template <Algorithm kAlgorithm>
void pick(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto balancer = make_balancer({.algorithm = kAlgorithm}, 1, table_of(kAlgorithm, names(count)));
  Latency latency;
  const TimePoint now{std::chrono::seconds(1000)};
  latency.note(std::chrono::milliseconds(20), now);
  std::vector<Candidate> candidates(count);
  for (size_t i = 0; i < count; ++i) {
    candidates[i].active = static_cast<uint32_t>(spread(i) % 8);
    candidates[i].latency = &latency;
  }
  uint64_t key = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(balancer->pick(candidates, {.key = spread(++key), .now = now}));
}
BENCHMARK(pick<Algorithm::round_robin>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::least_connections>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::weighted>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::least_request>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::peak_ewma>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::ring_hash>)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(pick<Algorithm::maglev>)->Arg(3)->Arg(30)->Arg(300);

template <Algorithm kAlgorithm>
void make_table(benchmark::State& state) {
  const auto all = names(static_cast<size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(table_of(kAlgorithm, all));
}
BENCHMARK(make_table<Algorithm::ring_hash>)->Arg(3)->Arg(300)->Unit(benchmark::kMicrosecond);
BENCHMARK(make_table<Algorithm::maglev>)->Arg(3)->Arg(300)->Unit(benchmark::kMicrosecond);

class Nobody final : public AttemptOwner {
  void changed(Attempt& /*attempt*/) override {}
};

// Names that nobody resolves, so that a request waits, and gives up at once.
void open_and_release(benchmark::State& state) {
  test::ReactorWorld world;
  test::LineCodecs codecs;
  Pools pools(world.reactor, codecs, 1);
  ClusterConfig config;
  for (const std::string& name : names(static_cast<size_t>(state.range(0)))) {
    config::Backend backend{.name = name};
    backend.url.host = name;
    config.backends.push_back(std::make_shared<Backend>(backend, nullptr));
  }
  auto cluster = std::make_unique<Cluster>(config, pools);
  Nobody nobody;
  Attempt attempt(nobody);
  for (auto _ : state) {
    cluster->open(attempt, {});
    attempt.release();
  }
  cluster.reset();
  pools.sweep();
}
BENCHMARK(open_and_release)->Arg(3)->Arg(30)->Arg(300);

}  // namespace
}  // namespace qp::upstream
