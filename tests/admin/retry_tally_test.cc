#include "admin/retry_tally.h"

#include <gtest/gtest.h>

namespace qp::admin {
namespace {

using std::chrono::seconds;

TEST(RetryTallyTest, TellsTheFirstOneAtOnce) {
  RetryTally tally;

  EXPECT_EQ(tally.take(0, TimePoint(seconds(1))), 0u);
  EXPECT_EQ(tally.take(3, TimePoint(seconds(2))), 3u);
}

TEST(RetryTallyTest, GathersWhatComesSoonAfter) {
  RetryTally tally;
  tally.take(3, TimePoint(seconds(2)));

  EXPECT_EQ(tally.take(5, TimePoint(seconds(3))), 0u);
  EXPECT_EQ(tally.take(9, TimePoint(seconds(2)) + RetryTally::kPause - Duration(1)), 0u);
  EXPECT_EQ(tally.take(9, TimePoint(seconds(2)) + RetryTally::kPause), 6u);
}

TEST(RetryTallyTest, IsSilentWithoutNews) {
  RetryTally tally;
  tally.take(3, TimePoint(seconds(2)));

  EXPECT_EQ(tally.take(3, TimePoint(seconds(60))), 0u);
  EXPECT_EQ(tally.take(4, TimePoint(seconds(61))), 1u);
}

}  // namespace
}  // namespace qp::admin
