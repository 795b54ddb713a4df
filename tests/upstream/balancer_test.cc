#include "upstream/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace qp::upstream {
namespace {

using config::Algorithm;

std::unique_ptr<Balancer> make(Algorithm algorithm, uint64_t seed = 0) {
  return make_balancer({.algorithm = algorithm}, seed);
}

// The choices of `count` picks as letters.
std::string picks(Balancer& balancer, std::span<const Candidate> candidates, size_t count) {
  std::string chosen;
  for (size_t i = 0; i < count; ++i) {
    const auto pick = balancer.pick(candidates, 0);
    chosen += pick ? static_cast<char>('a' + *pick) : '-';
  }
  return chosen;
}

size_t count_of(const std::string& chosen, char letter) {
  return static_cast<size_t>(std::count(chosen.begin(), chosen.end(), letter));
}

TEST(BalancerTest, RoundRobinTakesOneAfterTheOther) {
  const std::vector<Candidate> three(3);
  EXPECT_EQ(picks(*make(Algorithm::round_robin), three, 7), "abcabca");
}

TEST(BalancerTest, RoundRobinOfAnotherWorkerBeginsElsewhere) {
  const std::vector<Candidate> three(3);
  EXPECT_EQ(picks(*make(Algorithm::round_robin, 1), three, 4), "bcab");
  EXPECT_EQ(picks(*make(Algorithm::round_robin, 5), three, 4), "cabc");
}

TEST(BalancerTest, RoundRobinDividesTheShareOfAnUnusableOneEvenly) {
  std::vector<Candidate> four(4);
  four[1].is_usable = false;

  const std::string chosen = picks(*make(Algorithm::round_robin), four, 300);

  EXPECT_EQ(count_of(chosen, 'a'), 100U);
  EXPECT_EQ(count_of(chosen, 'b'), 0U);
  EXPECT_EQ(count_of(chosen, 'c'), 100U);
  EXPECT_EQ(count_of(chosen, 'd'), 100U);
}

TEST(BalancerTest, WeightedIsSmooth) {
  const std::vector<Candidate> three{{.weight = 5}, {.weight = 1}, {.weight = 1}};
  EXPECT_EQ(picks(*make(Algorithm::weighted), three, 14), "aabacaaaabacaa");
}

TEST(BalancerTest, WeightedOfAnotherWorkerIsElsewhereInTheSameCycle) {
  const std::vector<Candidate> three{{.weight = 5}, {.weight = 1}, {.weight = 1}};
  EXPECT_EQ(picks(*make(Algorithm::weighted, 2), three, 7), "bacaaaa");
}

TEST(BalancerTest, WeightedSharesByWeightAmongThoseThatAreUsable) {
  std::vector<Candidate> three{{.weight = 3}, {.weight = 2}, {.weight = 1}};
  three[0].is_usable = false;

  const std::string chosen = picks(*make(Algorithm::weighted), three, 300);

  EXPECT_EQ(count_of(chosen, 'b'), 200U);
  EXPECT_EQ(count_of(chosen, 'c'), 100U);
}

TEST(BalancerTest, WeightedNeverChoosesAWeightOfZero) {
  const std::vector<Candidate> two{{.weight = 0}, {.weight = 1}};
  EXPECT_EQ(picks(*make(Algorithm::weighted), two, 4), "bbbb");
}

TEST(BalancerTest, LeastConnectionsTakesTheLeastLoaded) {
  const std::vector<Candidate> three{{.active = 3}, {.active = 1}, {.active = 2}};
  EXPECT_EQ(picks(*make(Algorithm::least_connections), three, 3), "bbb");
}

TEST(BalancerTest, LeastConnectionsTakesEqualsInTurn) {
  const std::vector<Candidate> three(3);
  EXPECT_EQ(picks(*make(Algorithm::least_connections), three, 6), "abcabc");
}

TEST(BalancerTest, LeastConnectionsTakesEqualsInTurnAroundAnUnusableOne) {
  std::vector<Candidate> three(3);
  three[1].is_usable = false;
  EXPECT_EQ(picks(*make(Algorithm::least_connections), three, 4), "acac");
}

TEST(BalancerTest, LeastConnectionsCountsLoadByWeight) {
  //                                       (3+1)/4 = 1              (1+1)/1 = 2
  const std::vector<Candidate> two{{.weight = 4, .active = 3}, {.weight = 1, .active = 1}};
  EXPECT_EQ(picks(*make(Algorithm::least_connections), two, 2), "aa");
}

TEST(BalancerTest, LeastConnectionsEvensOutUnequalDurations) {
  std::vector<Candidate> two(2);  // a never finishes, b at once
  const auto balancer = make(Algorithm::least_connections);
  for (int i = 0; i < 100; ++i) {
    const auto pick = balancer->pick(two, 0);
    if (*pick == 0) ++two[0].active;
  }
  EXPECT_LE(two[0].active, 1U);
}

class EveryBalancerTest : public testing::TestWithParam<Algorithm> {};

TEST_P(EveryBalancerTest, HasNoChoiceWhereNothingIsUsable) {
  const auto balancer = make(GetParam(), 7);
  EXPECT_EQ(balancer->pick({}, 0), std::nullopt);
  const std::vector<Candidate> two{{.is_usable = false}, {.is_usable = false}};
  EXPECT_EQ(balancer->pick(two, 0), std::nullopt);
}

TEST_P(EveryBalancerTest, GivesEachUsableOneOnceWhenTheOthersAreMarked) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const auto balancer = make(GetParam(), random.next());
    std::vector<Candidate> candidates(1 + random.below(8));
    size_t usable = 0;
    for (Candidate& candidate : candidates) {
      candidate.weight = 1 + random.below(5);
      candidate.active = random.below(10);
      candidate.is_usable = !random.one_in(4);
      usable += candidate.is_usable ? 1 : 0;
    }
    size_t given = 0;
    while (const auto pick = balancer->pick(candidates, 0)) {
      ASSERT_TRUE(candidates[*pick].is_usable);
      candidates[*pick].is_usable = false;
      ++given;
    }
    EXPECT_EQ(given, usable);
  }
}

TEST_P(EveryBalancerTest, IsFairAcrossWorkers) {
  const std::vector<Candidate> four(4);
  std::map<size_t, int> chosen;
  for (uint64_t worker = 0; worker < 4; ++worker)
    ++chosen[*make(GetParam(), worker)->pick(four, 0)];
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(chosen[i], 1) << i;
}

INSTANTIATE_TEST_SUITE_P(All, EveryBalancerTest,
                         testing::Values(Algorithm::round_robin, Algorithm::least_connections,
                                         Algorithm::weighted));

}  // namespace
}  // namespace qp::upstream
