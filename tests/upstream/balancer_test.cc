#include "upstream/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "upstream/hash_table.h"

namespace qp::upstream {
namespace {

using config::Algorithm;

constexpr Hashed kBackends[] = {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}, {"g"}, {"h"}};

// Of no more than eight.
std::unique_ptr<Balancer> make(Algorithm algorithm, uint64_t seed = 0, size_t backends = 8) {
  return make_balancer({.algorithm = algorithm}, seed,
                       make_hash_table(algorithm, std::span(kBackends).first(backends)));
}

// The choices of `count` picks as letters.
std::string picks(Balancer& balancer, std::span<const Candidate> candidates, size_t count) {
  std::string chosen;
  for (size_t i = 0; i < count; ++i) {
    const auto pick = balancer.pick(candidates, {});
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

TEST(BalancerTest, LeastConnectionsTakesEqualsInTurnAroundABusyOne) {
  std::vector<Candidate> four(4);
  four[1].active = 5;

  const std::string chosen = picks(*make(Algorithm::least_connections), four, 300);

  EXPECT_EQ(count_of(chosen, 'a'), 100U);
  EXPECT_EQ(count_of(chosen, 'c'), 100U);
  EXPECT_EQ(count_of(chosen, 'd'), 100U);
}

TEST(BalancerTest, LeastConnectionsSharesByWeightAtRest) {
  const std::vector<Candidate> two{{.weight = 3}, {.weight = 1}};
  EXPECT_EQ(picks(*make(Algorithm::least_connections), two, 8), "aabaaaba");
}

TEST(BalancerTest, LeastConnectionsCountsLoadByWeight) {
  //                                       3/4                      1/1
  const std::vector<Candidate> two{{.weight = 4, .active = 3}, {.weight = 1, .active = 1}};
  EXPECT_EQ(picks(*make(Algorithm::least_connections), two, 2), "aa");
}

TEST(BalancerTest, LeastConnectionsEvensOutUnequalDurations) {
  std::vector<Candidate> two(2);  // a never finishes, b at once
  const auto balancer = make(Algorithm::least_connections);
  for (int i = 0; i < 100; ++i) {
    const auto pick = balancer->pick(two, {});
    if (*pick == 0) ++two[0].active;
  }
  EXPECT_LE(two[0].active, 1U);
}

class EveryBalancerTest : public testing::TestWithParam<Algorithm> {};

TEST_P(EveryBalancerTest, HasNoChoiceWhereNothingIsUsable) {
  EXPECT_EQ(make(GetParam(), 7, 0)->pick({}, {}), std::nullopt);
  const std::vector<Candidate> two{{.is_usable = false}, {.is_usable = false}};
  EXPECT_EQ(make(GetParam(), 7, 2)->pick(two, {}), std::nullopt);
}

TEST_P(EveryBalancerTest, GivesEachUsableOneOnceWhenTheOthersAreMarked) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Candidate> candidates(1 + random.below(8));
    const auto balancer = make(GetParam(), random.next(), candidates.size());
    size_t usable = 0;
    for (Candidate& candidate : candidates) {
      candidate.weight = 1 + random.below(5);
      candidate.active = random.below(10);
      candidate.is_usable = !random.one_in(4);
      usable += candidate.is_usable ? 1 : 0;
    }
    size_t given = 0;
    while (const auto pick = balancer->pick(candidates, {})) {
      ASSERT_TRUE(candidates[*pick].is_usable);
      candidates[*pick].is_usable = false;
      ++given;
    }
    EXPECT_EQ(given, usable);
  }
}

class TurnBalancerTest : public testing::TestWithParam<Algorithm> {};

TEST_P(TurnBalancerTest, IsFairAcrossWorkers) {
  const std::vector<Candidate> four(4);
  std::map<size_t, int> chosen;
  for (uint64_t worker = 0; worker < 4; ++worker)
    ++chosen[*make(GetParam(), worker)->pick(four, {})];
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(chosen[i], 1) << i;
}

// Keys that differ, so that balancers that hash have something to share out.
std::vector<double> shares(Balancer& balancer, std::span<const Candidate> candidates, int count) {
  std::vector<double> shares(candidates.size());
  for (int i = 0; i < count; ++i)
    shares[*balancer.pick(candidates, {.key = spread(static_cast<uint64_t>(i))})] += 1.0 / count;
  return shares;
}

TEST_P(EveryBalancerTest, GivesOneThatStartsSlowlyItsPart) {
  std::vector<Candidate> eight(8);
  eight[3].warmth = kWarm / 4;

  const auto balancer = make(GetParam(), 3);
  const std::vector<double> got = shares(*balancer, eight, 20'000);

  EXPECT_NEAR(got[3], 1.0 / 8 / 4, 0.01);  // of 1/8, or of 1 part in 7 1/4
  EXPECT_NEAR(got[4], 1.0 / 8, 0.03);
}

TEST_P(EveryBalancerTest, GivesOneThatStartsSlowlyEverythingWhereNoOtherIsUsable) {
  const std::vector<Candidate> two{{.warmth = 1}, {.is_usable = false}};
  EXPECT_NEAR(shares(*make(GetParam(), 3, 2), two, 100)[0], 1.0, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(All, TurnBalancerTest,
                         testing::Values(Algorithm::round_robin, Algorithm::least_connections,
                                         Algorithm::weighted));
INSTANTIATE_TEST_SUITE_P(All, EveryBalancerTest,
                         testing::Values(Algorithm::round_robin, Algorithm::least_connections,
                                         Algorithm::weighted, Algorithm::least_request, Algorithm::peak_ewma,
                                         Algorithm::ring_hash, Algorithm::maglev));

}  // namespace
}  // namespace qp::upstream
