#include "upstream/latency.h"

#include <gtest/gtest.h>

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds(1000)};

double milliseconds_of(const Latency& latency, TimePoint now) {
  return latency.nanoseconds(now).value_or(-1) / 1e6;
}

TEST(LatencyTest, IsUnknownAtFirst) {
  EXPECT_EQ(Latency().nanoseconds(kStart), std::nullopt);
}

TEST(LatencyTest, BelievesBadNewsAtOnce) {
  Latency latency;
  latency.note(milliseconds(10), kStart);
  latency.note(milliseconds(500), kStart);
  EXPECT_DOUBLE_EQ(milliseconds_of(latency, kStart), 500);
}

TEST(LatencyTest, BelievesGoodNewsSlowly) {
  Latency latency;
  latency.note(milliseconds(500), kStart);
  latency.note(milliseconds(10), kStart + seconds(1));
  EXPECT_NEAR(milliseconds_of(latency, kStart + seconds(1)), 453.4, 0.1);  // 500 e^-0.1 + 10 (1 - e^-0.1)

  latency.note(milliseconds(10), kStart + seconds(60));
  EXPECT_NEAR(milliseconds_of(latency, kStart + seconds(60)), 11.2, 0.1);
}

TEST(LatencyTest, IsForgottenWithoutNews) {
  Latency latency;
  latency.note(milliseconds(500), kStart);
  EXPECT_NEAR(milliseconds_of(latency, kStart + seconds(10)), 183.9, 0.1);
  EXPECT_LT(milliseconds_of(latency, kStart + seconds(100)), 0.1);
}

TEST(LatencyTest, OfAnUnansweredRequestIsNewsOnlyWhenItIsBad) {
  Latency latency;
  latency.note(milliseconds(100), kStart);
  latency.note_unanswered(milliseconds(50), kStart);
  EXPECT_DOUBLE_EQ(milliseconds_of(latency, kStart), 100);

  latency.note_unanswered(seconds(5), kStart);
  EXPECT_DOUBLE_EQ(milliseconds_of(latency, kStart), 5000);
}

}  // namespace
}  // namespace qp::upstream
