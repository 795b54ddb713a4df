#include "upstream/health_tally.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace qp::upstream {
namespace {

// Results in, as '+' and '-'; states out, as 'H' and 'u'.
std::string states(HealthTally tally, std::string_view results) {
  std::string text;
  for (const char result : results) {
    tally.handle(result == '+');
    text += tally.is_healthy() ? 'H' : 'u';
  }
  return text;
}

// For each result: '!' it has changed the state, 'n' it is news, '.' it is not.
std::string news(HealthTally tally, std::string_view results) {
  std::string text;
  for (const char result : results) {
    const HealthTally::Verdict verdict = tally.handle(result == '+');
    EXPECT_TRUE(verdict.is_news || !verdict.has_changed);
    text += verdict.has_changed ? '!' : verdict.is_news ? 'n' : '.';
  }
  return text;
}

TEST(HealthTallyTest, FailsAfterThreeInARowAndRecoversAfterTwo) {
  const HealthTally tally(config::HealthCheck{});
  EXPECT_EQ(states(tally, "+---++"), "HHHuuH");
  EXPECT_EQ(states(tally, "---++---"), "HHuuHHHu");
}

TEST(HealthTallyTest, BeginsToCountAgainAfterEachExceptionToTheRow) {
  const HealthTally tally(config::HealthCheck{});
  EXPECT_EQ(states(tally, "--+--+--+"), "HHHHHHHHH");
  EXPECT_EQ(states(tally, "---+-+-++"), "HHuuuuuuH");
}

TEST(HealthTallyTest, ChangesAtTheThresholdAndNotOneBefore) {
  for (const uint32_t threshold : {1U, 2U, 5U}) {
    const HealthTally tally({.unhealthy_threshold = threshold, .healthy_threshold = threshold});
    const std::string failures(threshold, '-');
    const std::string successes(threshold, '+');
    EXPECT_EQ(states(tally, failures), std::string(threshold - 1, 'H') + "u");
    EXPECT_EQ(states(tally, failures + successes),
              std::string(threshold - 1, 'H') + std::string(threshold, 'u') + "H");
  }
}

TEST(HealthTallyTest, TakesInTheUnknownByItsFirstSuccessAlone) {
  const HealthTally tally({.initial_state = config::InitialState::unhealthy});
  EXPECT_FALSE(tally.is_healthy());
  EXPECT_TRUE(tally.is_unknown());
  EXPECT_EQ(states(tally, "+--"), "HHH");
  EXPECT_EQ(states(tally, "--+"), "uuH");
  EXPECT_EQ(states(tally, "+---++"), "HHHuuH") << "it is known by then";
}

TEST(HealthTallyTest, HasNoNewsWhileEverythingIsAsItWas) {
  const HealthTally tally(config::HealthCheck{});
  EXPECT_EQ(news(tally, "+++"), "n..");
  EXPECT_EQ(news(tally, "+-+++"),
            "n"
            "nn..");
  EXPECT_EQ(news(tally,
                 "---"
                 "---"
                 "+-"
                 "-"
                 "++"
                 "+"),
            "nn!"
            "..."
            "nn"
            "."
            "n!"
            ".");
}

TEST(HealthTallyTest, HasNewsOfTheFirstCheckWhateverItsResult) {
  const HealthTally tally({.healthy_threshold = 1, .initial_state = config::InitialState::unhealthy});
  EXPECT_EQ(news(tally, "--"), "n.");
  EXPECT_EQ(news(tally, "++"), "!.");
}

}  // namespace
}  // namespace qp::upstream
