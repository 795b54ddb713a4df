#include "base/random.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <vector>

namespace qp {
namespace {

std::vector<uint64_t> draw(Random random, size_t count) {
  std::vector<uint64_t> all;
  for (size_t i = 0; i < count; ++i)
    all.push_back(random.next());
  return all;
}

TEST(RandomTest, RepeatsItselfForTheSameSeedOnly) {
  EXPECT_EQ(draw(Random(5), 100), draw(Random(5), 100));
  EXPECT_NE(draw(Random(5), 100), draw(Random(6), 100));
}

TEST(RandomTest, IsNotStuckForAnEmptySeed) {
  const std::vector<uint64_t> drawn = draw(Random(0), 3);

  EXPECT_NE(drawn[0], 0u);
  EXPECT_NE(drawn[0], drawn[1]);
  EXPECT_NE(drawn[1], drawn[2]);
}

TEST(RandomTest, StaysBelowItsBoundAndReachesEveryValue) {
  Random random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 70'000; ++i)
    ++seen.at(random.below(7));

  for (const int count : seen)
    EXPECT_NEAR(count, 10'000, 600);  // six standard deviations
}

TEST(RandomTest, HasOnlyOneValueBelowOne) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(random.below(1), 0u);
    EXPECT_TRUE(random.one_in(1));
  }
}

TEST(RandomTest, ReachesTheUpperHalfOfTheLargestBound) {
  Random random(1);
  uint32_t greatest = 0;
  for (int i = 0; i < 100; ++i)
    greatest = std::max(greatest, random.below(0xffffffff));

  EXPECT_GT(greatest, 0x80000000u);
}

}  // namespace
}  // namespace qp
