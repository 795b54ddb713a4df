// What the metrics of one finished exchange cost its worker, and what a page costs control.
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>

#include "observe/metrics_page.h"
#include "observe/request_metrics.h"

namespace qp::observe {
namespace {

using std::chrono::microseconds;

constexpr TimePoint kBegan{std::chrono::seconds(100)};

void finished_exchange(benchmark::State& state) {
  MetricsShard shard;
  shard.make_rows(Rows::backend, 17);
  RequestMetrics metrics(shard);
  std::array<AttemptRecord, 1> attempts = {
      {{.began = kBegan, .connected = kBegan, .first_byte = kBegan + microseconds(700), .status = 200}}};
  ExchangeRecord record{.began = kBegan,
                        .ended = kBegan + microseconds(900),
                        .protocol = http::Version::h3,
                        .method = "POST",
                        .status = 200,
                        .bytes_in = 300,
                        .bytes_out = 5120,
                        .quic = ExchangeRecord::Quic{.rtt = microseconds(25040), .packets_lost = 0},
                        .attempts = attempts};
  for (auto _ : state) {
    attempts[0].backend_id = (attempts[0].backend_id + 1) % 16;
    record.bytes_out = record.bytes_out * 5 % 1'000'003;
    metrics.exchange_ended(record);
  }
}
BENCHMARK(finished_exchange);

void page(benchmark::State& state) {
  std::vector<MetricsShard> workers(16);
  std::vector<const MetricsShard*> shards;
  MetricsSource source{.shards = {}, .workers = 16, .backends = {}, .certificates = {}, .version = "1"};
  for (MetricsShard& worker : workers) {
    worker.make_rows(Rows::backend, 101);
    shards.push_back(&worker);
  }
  source.shards = shards;
  for (uint32_t row = 1; row <= 100; ++row)
    source.backends.push_back({"backend" + std::to_string(row), {row}});
  for (auto _ : state)
    benchmark::DoNotOptimize(metrics_page(source, MetricsFormat::prometheus));
}
BENCHMARK(page)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace qp::observe
