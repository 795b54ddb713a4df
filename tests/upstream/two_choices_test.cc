// Balancers that draw two candidates: how they share requests out.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "upstream/balancer.h"
#include "upstream/latency.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kNow{std::chrono::seconds(1000)};
constexpr int kPicks = 20'000;

std::vector<int> counts(Balancer& balancer, std::span<const Candidate> candidates) {
  std::vector<int> counts(candidates.size());
  for (int i = 0; i < kPicks; ++i)
    ++counts[*balancer.pick(candidates, {.now = kNow})];
  return counts;
}

// Sum of (got - expected)² / expected.
double chi_square(std::span<const int> counts, std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights)
    sum += weight;
  double chi = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = kPicks * weights[i] / sum;
    chi += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return chi;
}

// What chance exceeds once in a thousand seeds with 9 degrees of freedom; the seeds here are fixed.
constexpr double kChiMax = 27.9;

TEST(LeastRequestTest, SharesEvenlyAtRest) {
  const std::vector<Candidate> ten(10);
  EXPECT_LT(chi_square(counts(*make_least_request(1), ten), std::vector<double>(10, 1.0)), kChiMax);
}

TEST(LeastRequestTest, SharesByWeightAtRest) {
  std::vector<Candidate> ten(10);
  std::vector<double> weights;
  for (size_t i = 0; i < ten.size(); ++i) {
    ten[i].weight = static_cast<uint32_t>(i + 1);
    weights.push_back(static_cast<double>(i + 1));
  }
  EXPECT_LT(chi_square(counts(*make_least_request(2), ten), weights), kChiMax);
}

TEST(LeastRequestTest, TakesTheLessLoadedOfTwo) {
  const std::vector<Candidate> two{{.active = 4}, {.active = 3}};
  EXPECT_EQ(counts(*make_least_request(3), two)[1], kPicks);
}

TEST(LeastRequestTest, CountsLoadByWeight) {
  const std::vector<Candidate> two{{.weight = 4, .active = 4}, {.weight = 1, .active = 2}};
  EXPECT_EQ(counts(*make_least_request(4), two)[0], kPicks);
}

TEST(LeastRequestTest, NeverTakesTheMostLoadedOfMany) {
  std::vector<Candidate> ten(10);
  ten[6].active = 1;
  EXPECT_EQ(counts(*make_least_request(5), ten)[6], 0);
}

TEST(LeastRequestTest, NeverChoosesAWeightOfZero) {
  const std::vector<Candidate> two{{.weight = 0}, {.weight = 1}};
  EXPECT_EQ(counts(*make_least_request(6), two)[1], kPicks);
}

// One of ten needs ten times as long: with a hundred requests under way all have about the same load.
TEST(LeastRequestTest, EvensOutUnequalDurations) {
  std::vector<Candidate> ten(10);
  const auto balancer = make_least_request(7);
  struct Request {
    size_t place;
    int ends_at;
  };
  std::vector<Request> under_way;
  for (int now = 0; now < 20'000; ++now) {
    std::erase_if(under_way, [&](const Request& request) {
      if (request.ends_at > now) return false;
      --ten[request.place].active;
      return true;
    });
    const size_t place = *balancer->pick(ten, {});
    ++ten[place].active;
    under_way.push_back({place, now + (place == 0 ? 500 : 50)});
  }
  const auto most = std::ranges::max_element(ten, {}, &Candidate::active);
  EXPECT_LE(most->active, 12U);
}

class PeakEwmaTest : public testing::Test {
 protected:
  void took(size_t place, Duration time) { latencies[place].note(time, kNow); }

  std::vector<Latency> latencies{10};
  std::vector<Candidate> ten = [this] {
    std::vector<Candidate> candidates(10);
    for (size_t i = 0; i < candidates.size(); ++i)
      candidates[i].latency = &latencies[i];
    return candidates;
  }();
};

TEST_F(PeakEwmaTest, SharesEvenlyWhileNothingIsKnown) {
  EXPECT_LT(chi_square(counts(*make_peak_ewma(1), ten), std::vector<double>(10, 1.0)), kChiMax);
}

TEST_F(PeakEwmaTest, SharesByWeightAmongEquals) {
  std::vector<double> weights;
  for (size_t i = 0; i < ten.size(); ++i) {
    ten[i].weight = static_cast<uint32_t>(1 + i % 3);
    weights.push_back(ten[i].weight);
    took(i, milliseconds(20));
  }
  EXPECT_LT(chi_square(counts(*make_peak_ewma(2), ten), weights), kChiMax);
}

TEST_F(PeakEwmaTest, AvoidsTheSlowOne) {
  for (size_t i = 0; i < ten.size(); ++i)
    took(i, milliseconds(i == 4 ? 21 : 20));
  EXPECT_EQ(counts(*make_peak_ewma(3), ten)[4], 0);
}

TEST_F(PeakEwmaTest, ChoosesTheSlowOneWhenTheQuickOneHasMuchToDo) {
  ten.resize(2);
  took(0, milliseconds(10));
  took(1, milliseconds(40));
  ten[0].active = 2;  // 10 x 3 < 40 x 1
  EXPECT_EQ(counts(*make_peak_ewma(4), ten)[0], kPicks);

  ten[0].active = 4;  // 10 x 5 > 40 x 1
  EXPECT_EQ(counts(*make_peak_ewma(4), ten)[1], kPicks);
}

TEST_F(PeakEwmaTest, TriesASlowOneAgainAfterAWhile) {
  ten.resize(2);
  took(0, milliseconds(400));
  const auto balancer = make_peak_ewma(5);
  const TimePoint soon = kNow + std::chrono::seconds(20);  // 400 ms e^-2 = 54 ms
  latencies[1].note(milliseconds(20), soon);
  EXPECT_EQ(balancer->pick(ten, {.now = soon}), 1U);

  const TimePoint later = kNow + std::chrono::seconds(35);  // 400 ms e^-3.5 = 12 ms
  latencies[1].note(milliseconds(20), later);
  EXPECT_EQ(balancer->pick(ten, {.now = later}), 0U);
}

TEST_F(PeakEwmaTest, TakesANewOneForAsQuickAsTheOther) {
  ten.resize(2);
  took(0, milliseconds(20));
  ten[1].active = 1;
  EXPECT_EQ(counts(*make_peak_ewma(6), ten)[0], kPicks);

  ten[0].active = 2;
  EXPECT_EQ(counts(*make_peak_ewma(6), ten)[1], kPicks);
}

}  // namespace
}  // namespace qp::upstream
