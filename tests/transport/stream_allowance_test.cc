#include "transport/stream_allowance.h"

#include <gtest/gtest.h>

namespace qp::transport {
namespace {

constexpr uint64_t kMax = 10;

TEST(StreamAllowanceTest, SaysNothingBeforeHalfOfTheStreamsAreUsedUp) {
  StreamAllowance allowance(kMax);
  for (uint64_t ordinal = 0; ordinal < kMax / 2 - 1; ++ordinal) {
    allowance.opened(ordinal);
    allowance.closed(1);
    EXPECT_EQ(allowance.take(), 0u);
  }
  allowance.opened(kMax / 2 - 1);
  EXPECT_EQ(allowance.take(), kMax / 2 - 1);
  EXPECT_EQ(allowance.take(), 0u);
}

TEST(StreamAllowanceTest, TellsAPeerAtOnceThatHasMoreThanHalfOfItsStreamsOpen) {
  StreamAllowance allowance(kMax);
  allowance.opened(kMax - 1);
  EXPECT_EQ(allowance.take(), 0u);
  allowance.closed(1);
  EXPECT_EQ(allowance.take(), 1u);
}

TEST(StreamAllowanceTest, NeverLeavesAPeerBelowItsLimitWithoutAStreamToOpen) {
  StreamAllowance allowance(kMax);
  uint64_t told = kMax;
  uint64_t opened = 0;
  uint64_t closed = 0;
  uint64_t random = 1;
  for (int step = 0; step < 10'000; ++step) {
    random = random * 6364136223846793005 + 1442695040888963407;
    const uint64_t open = opened - closed;
    if (open < kMax && (open == 0 || (random >> 60) > 7)) {
      ASSERT_LT(opened, told) << "with " << open << " open";
      allowance.opened(opened++);
    } else {
      ++closed;
      allowance.closed(1);
    }
    told += allowance.take();
    ASSERT_LE(told, closed + kMax);
  }
}

TEST(StreamAllowanceTest, AllowsOneStreamAtATime) {
  StreamAllowance allowance(1);
  allowance.opened(0);
  EXPECT_EQ(allowance.take(), 0u);
  allowance.closed(1);
  EXPECT_EQ(allowance.take(), 1u);
}

}  // namespace
}  // namespace qp::transport
