#include "base/deadlines.h"

#include <gmock/gmock.h>

namespace qp {
namespace {

enum class Wait { head, idle, total, count };

TimePoint at(int64_t nanoseconds) {
  return TimePoint(Duration(nanoseconds));
}

TEST(DeadlinesTest, WaitsForNothingAtFirst) {
  const Deadlines<Wait> deadlines;

  EXPECT_EQ(deadlines.earliest(), kNever);
  EXPECT_FALSE(deadlines.is_set(Wait::head));
  EXPECT_FALSE(deadlines.is_past(Wait::head, at(1'000'000)));
}

TEST(DeadlinesTest, KnowsTheEarliestOfThoseThatAreSet) {
  Deadlines<Wait> deadlines;
  deadlines.set(Wait::total, at(30));
  deadlines.set(Wait::idle, at(20));
  EXPECT_EQ(deadlines.earliest(), at(20));

  deadlines.clear(Wait::idle);
  EXPECT_EQ(deadlines.earliest(), at(30));
  EXPECT_FALSE(deadlines.is_set(Wait::idle));
}

TEST(DeadlinesTest, IsPastFromItsMomentOn) {
  Deadlines<Wait> deadlines;
  deadlines.set(Wait::head, at(10));

  EXPECT_FALSE(deadlines.is_past(Wait::head, at(9)));
  EXPECT_TRUE(deadlines.is_past(Wait::head, at(10)));
  EXPECT_FALSE(deadlines.is_past(Wait::idle, at(10)));
}

TEST(DeadlinesTest, ForgetsAllAtOnce) {
  Deadlines<Wait> deadlines;
  deadlines.set(Wait::head, at(10));
  deadlines.set(Wait::total, at(20));

  deadlines.clear();

  EXPECT_EQ(deadlines.earliest(), kNever);
}

}  // namespace
}  // namespace qp
