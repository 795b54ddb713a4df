#include "server/worker_metrics.h"

#include <gtest/gtest.h>

namespace qp::server {
namespace {

using observe::metric;
using observe::Rows;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint kBegan{milliseconds(1000)};

struct World {
  observe::MetricsShard shard;
  TimerQueue timers;
  WorkerMetrics metrics{shard, timers};
};

TEST(WorkerMetricsTest, TurnsAndTheirTimeAreCounted) {
  World world;

  world.metrics.end_turn(kBegan, kBegan + microseconds(30));
  world.metrics.end_turn(kBegan, kBegan + microseconds(12));

  EXPECT_EQ(world.shard.value(Rows::worker, 0, metric("worker_turns_total").at()), 2U);
  EXPECT_EQ(world.shard.value(Rows::worker, 0, metric("worker_busy_seconds_total").at()), 42'000U);
  EXPECT_EQ(world.shard.value(Rows::process, 0, metric("worker_turn_seconds").at() + 1), 1U);  // up to 25 µs
  EXPECT_EQ(world.shard.value(Rows::process, 0, metric("worker_turn_seconds").at() + 2), 1U);
}

TEST(WorkerMetricsTest, PublishingComesAMomentAfterATurnAndThenTheWorkerSleeps) {
  World world;

  EXPECT_FALSE(world.metrics.end_turn(kBegan, kBegan));
  const TimePoint wakes = world.timers.next_deadline();
  EXPECT_EQ(wakes, kBegan + milliseconds(100));
  EXPECT_FALSE(world.metrics.end_turn(kBegan + milliseconds(50), kBegan + milliseconds(50)));
  EXPECT_EQ(world.timers.next_deadline(), wakes);

  world.timers.expire(wakes);
  EXPECT_TRUE(world.metrics.end_turn(wakes, wakes));
  EXPECT_EQ(world.timers.next_deadline(), kNever);
}

// The bounds on the page are those that the sockets count by.
TEST(WorkerMetricsTest, BatchesAreCountedByTheBoundsOfTheirMetric) {
  for (size_t datagrams = 1; datagrams <= 200; ++datagrams)
    EXPECT_EQ(io::batch_class(datagrams), observe::bucket_of(observe::bounds::batch, datagrams)) << datagrams;
  EXPECT_EQ(io::BatchSizes{}.size(), observe::bounds::batch.size() + 1);
}

}  // namespace
}  // namespace qp::server
