#include "observe/request_metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "observe/metrics_page.h"

namespace qp::observe {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kBegan{milliseconds(1000)};

struct World {
  MetricsShard shard;
  World() { shard.make_rows(Rows::backend, 4); }

  void end(const ExchangeRecord& record) { RequestMetrics(shard).exchange_ended(record); }
  uint64_t backend(uint32_t id, uint32_t cell) const {
    return shard.value(Rows::backend, backend_row(id), cell);
  }
  size_t series() const {
    const MetricsShard* shards[] = {&shard};
    const std::string page = metrics_page({.shards = shards,
                                           .workers = 1,
                                           .backends = {{.name = "b", .rows = {1, 2, 3}}},
                                           .certificates = {},
                                           .version = "1"},
                                          MetricsFormat::prometheus);
    return static_cast<size_t>(std::ranges::count(page, '\n'));
  }
};

TEST(RequestMetricsTest, AnExchangeCountsOnceWhereItsResponseCameFrom) {
  World world;
  const std::array<AttemptRecord, 2> attempts = {{
      {.backend_id = 0, .began = kBegan, .ended = kBegan + milliseconds(1)},
      {.backend_id = 1,
       .began = kBegan,
       .first_byte = kBegan + milliseconds(4),
       .ended = kBegan,
       .status = 200},
  }};

  world.end({.began = kBegan,
             .ended = kBegan + milliseconds(5),
             .protocol = http::Version::h3,
             .method = "GET",
             .status = 200,
             .attempts = attempts});

  constexpr uint32_t kGet200 = metric("http_requests_total").at(method_index("GET"), status_index(200));
  EXPECT_EQ(world.backend(0, kGet200), 0u);
  EXPECT_EQ(world.backend(1, kGet200), 1u);
  EXPECT_EQ(world.backend(0, metric("backend_requests_total").at(kNoStatus)), 1u);
  EXPECT_EQ(world.backend(0, metric("backend_retries_total").at()), 1u);
  EXPECT_EQ(world.backend(1, metric("backend_requests_total").at(status_index(200))), 1u);
  EXPECT_EQ(world.backend(1, metric("backend_retries_total").at()), 0u);
  // 4 ms: over 2, not over 5.
  EXPECT_EQ(world.backend(1, metric("backend_response_time_seconds").at() + 4), 1u);
}

TEST(RequestMetricsTest, ARequestThatNoBackendSawStillCounts) {
  World world;

  world.end({.began = kBegan, .ended = kBegan, .method = "GET", .status = 404});

  EXPECT_EQ(world.shard.value(Rows::backend, kNoBackendRow,
                              metric("http_requests_total").at(method_index("GET"), status_index(404))),
            1u);
}

TEST(RequestMetricsTest, KnownStatusCodesKeepTheirPlaceAndOthersTheirClass) {
  EXPECT_EQ(kStatusCodes[status_index(200)], "200");
  EXPECT_EQ(kStatusCodes[status_index(511)], "511");
  EXPECT_EQ(kStatusCodes[status_index(100)], "100");
  EXPECT_EQ(kStatusCodes[status_index(199)], "1xx");
  EXPECT_EQ(kStatusCodes[status_index(599)], "5xx");
  EXPECT_EQ(kStatusCodes[status_index(420)], "4xx");
  EXPECT_EQ(kStatusCodes[status_index(99)], "_OTHER");
  EXPECT_EQ(kStatusCodes[status_index(600)], "_OTHER");
  EXPECT_EQ(kStatusCodes[status_index(65535)], "_OTHER");
  EXPECT_EQ(kStatusCodes[status_index(0)], "none");
}

TEST(RequestMetricsTest, H3CodesOfNoRegistryShareAPlace) {
  EXPECT_EQ(kH3Codes[h3_code_index(0x100)], "H3_NO_ERROR");
  EXPECT_EQ(kH3Codes[h3_code_index(0x10e)], "H3_MESSAGE_ERROR");
  EXPECT_EQ(kH3Codes[h3_code_index(0x10f)], "_OTHER");
  EXPECT_EQ(kH3Codes[h3_code_index(0x1ff)], "_OTHER");
  EXPECT_EQ(kH3Codes[h3_code_index(0x200)], "QPACK_DECOMPRESSION_FAILED");
  EXPECT_EQ(kH3Codes[h3_code_index(0x202)], "QPACK_DECODER_STREAM_ERROR");
  EXPECT_EQ(kH3Codes[h3_code_index(UINT64_MAX)], "_OTHER");
}

// A client that invents methods, and a backend that invents status codes, get no series of their own.
TEST(RequestMetricsTest, PeersCanNotMakeSeries) {
  World world;
  const AttemptRecord attempt{
      .backend_id = 0, .began = kBegan, .first_byte = kBegan, .ended = kBegan, .status = 299};
  ExchangeRecord record{
      .began = kBegan, .ended = kBegan, .method = "X", .status = 299, .attempts = {&attempt, 1}};
  world.end(record);
  const size_t before = world.series();

  for (int i = 0; i < 1000; ++i) {
    const std::string method = fmt::format("METHOD{}", i);
    record.method = method;
    record.status = static_cast<uint16_t>(240 + i % 50);
    world.end(record);
  }

  EXPECT_EQ(world.series(), before);
}

// Names of backends are the operator's, and even so there is an end to them.
TEST(MetricsShardTest, BackendsBeyondTheLastRowShareIt) {
  constexpr uint32_t kMax = MetricsShard::kRowsMax[static_cast<size_t>(Rows::backend)];
  MetricsShard shard;
  shard.make_rows(Rows::backend, kMax + 1);

  shard.row(Rows::backend, kMax + 7).add(metric("backend_retries_total").at());

  EXPECT_EQ(shard.rows(Rows::backend), kMax);
  EXPECT_EQ(shard.value(Rows::backend, kMax - 1, metric("backend_retries_total").at()), 1u);
}

TEST(MetricsShardTest, NoPlaceIsUsedTwice) {
  for (const Rows rows : {Rows::process, Rows::worker, Rows::backend, Rows::certificate, Rows::build}) {
    std::set<uint32_t> used;
    for (const Metric& metric : kMetrics) {
      if (metric.rows != rows) continue;
      for (uint32_t cell = 0; cell < metric.cells(); ++cell)
        EXPECT_TRUE(used.insert(place_of(metric).offset + cell).second) << metric.name;
    }
    EXPECT_EQ(used.size(), cells_in_row(rows));
  }
}

}  // namespace
}  // namespace qp::observe
