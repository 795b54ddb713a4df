#include "server/pace.h"

#include <gtest/gtest.h>

namespace qp::server {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::seconds(5)};

TEST(Pace, SpreadsASecondsWorkEvenly) {
  Pace pace(50, kStart);

  EXPECT_EQ(pace.take_due(kStart), 0u);
  EXPECT_EQ(pace.take_due(kStart + milliseconds(19)), 0u);
  EXPECT_EQ(pace.take_due(kStart + milliseconds(20)), 1u);
  EXPECT_EQ(pace.take_due(kStart + milliseconds(100)), 4u);
}

TEST(Pace, SaysWhenTheNextIsDue) {
  Pace pace(3, kStart);

  for (uint32_t i = 0; i < 10; ++i)
    EXPECT_EQ(pace.take_due(pace.next()), 1u);
}

TEST(Pace, MakesUpForNoMoreThanATenthOfASecond) {
  Pace pace(50, kStart);

  EXPECT_EQ(pace.take_due(kStart + std::chrono::hours(1)), 5u);
  EXPECT_EQ(pace.take_due(kStart + std::chrono::hours(1)), 0u);
}

}  // namespace
}  // namespace qp::server
