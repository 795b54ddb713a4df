#include "server/output_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace qp::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNow{std::chrono::seconds(100)};

TEST(OutputLines, CutsLinesWhereverThePiecesEnd) {
  OutputLines lines;

  EXPECT_THAT(lines.take("one\r\ntw", kNow), ElementsAre("one"));
  EXPECT_THAT(lines.take("o\n\nthree\nfo", kNow), ElementsAre("two", "three"));
  EXPECT_THAT(lines.take("ur", kNow), IsEmpty());
  EXPECT_THAT(lines.take_rest(kNow), ElementsAre("four"));
  EXPECT_THAT(lines.take_rest(kNow), IsEmpty());
}

TEST(OutputLines, CutsALineThatIsTooLong) {
  OutputLines lines;
  const std::string longest(OutputLines::kLineBytesMax, 'x');

  EXPECT_THAT(lines.take(longest + "\n", kNow), ElementsAre(longest));
  EXPECT_THAT(lines.take(longest + "y\n", kNow), ElementsAre(longest));
  EXPECT_THAT(lines.take(longest, kNow), IsEmpty());
  EXPECT_THAT(lines.take("y\nshort\n", kNow), ElementsAre(longest, "short"));
}

TEST(OutputLines, LeavesOutAndCountsTheLinesAboveTheRate) {
  OutputLines lines;
  std::string text;
  for (uint32_t i = 0; i < OutputLines::kLinesPerSecondMax; ++i)
    text += "x\n";

  EXPECT_EQ(lines.take(text, kNow).size(), OutputLines::kLinesPerSecondMax);
  EXPECT_THAT(lines.take("one\ntoo many\n", kNow + std::chrono::milliseconds(999)), IsEmpty());

  EXPECT_THAT(lines.take("again\n", kNow + std::chrono::seconds(1)),
              ElementsAre("(lines left out: 2)", "again"));
  EXPECT_THAT(lines.take("and again\n", kNow + std::chrono::seconds(1)), ElementsAre("and again"));
}

}  // namespace
}  // namespace qp::server
