#include "upstream/reach.h"

#include <gtest/gtest.h>

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kNow{std::chrono::hours(1)};
constexpr TimePoint kSoon = kNow + Reach::kPatience - milliseconds(1);
constexpr TimePoint kLater = kNow + Reach::kPatience;

TEST(ReachTest, NobodyIsInDoubtUntried) {
  EXPECT_FALSE(Reach().is_in_doubt(kNow));
}

TEST(ReachTest, WhoDoesNotAnswerSoonIsInDoubt) {
  Reach reach;
  reach.begin(kNow);
  reach.begin(kSoon);

  EXPECT_FALSE(reach.is_in_doubt(kSoon));
  EXPECT_TRUE(reach.is_in_doubt(kLater));
}

TEST(ReachTest, AsLongAsConnectionsComeAboutThereIsNoDoubt) {
  Reach reach;
  reach.begin(kNow);
  reach.begin(kNow);

  reach.succeed(kSoon);

  EXPECT_FALSE(reach.is_in_doubt(kLater));
  EXPECT_TRUE(reach.is_in_doubt(kSoon + Reach::kPatience)) << "the other one takes too long";
  reach.succeed(kSoon + Reach::kPatience);
  EXPECT_FALSE(reach.is_in_doubt(kSoon + 2 * Reach::kPatience)) << "nobody asks";
}

TEST(ReachTest, WhoFailedIsLeftAloneForAWhile) {
  Reach reach;
  reach.begin(kNow - Reach::kPatience);

  reach.fail(kNow);

  EXPECT_TRUE(reach.is_in_doubt(kSoon));
  EXPECT_FALSE(reach.is_in_doubt(kLater));
}

TEST(ReachTest, OneConnectionFindsOutWhetherTheDoubtIsOver) {
  Reach reach;
  reach.begin(kNow - Reach::kPatience);
  reach.fail(kNow);

  reach.begin(kLater);

  EXPECT_TRUE(reach.is_in_doubt(kLater)) << "nobody else has to";
  reach.succeed(kLater);
  EXPECT_FALSE(reach.is_in_doubt(kLater));
}

}  // namespace
}  // namespace qp::upstream
