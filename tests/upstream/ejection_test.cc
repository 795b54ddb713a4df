#include "upstream/ejection.h"

#include <gtest/gtest.h>

namespace qp::upstream {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using State = Ejection::State;

class EjectionTest : public testing::Test {
 protected:
  // Goes out, and comes back as soon as it may.
  Duration serve() {
    const Duration time = ejection.eject(config, now);
    now += time;
    EXPECT_TRUE(ejection.expire(now, false));
    return time;
  }

  config::OutlierDetection config{.base_ejection_time = seconds(30), .max_ejection_time = minutes(2)};
  TimePoint now = TimePoint(std::chrono::hours(1000));
  Ejection ejection;
};

TEST_F(EjectionTest, LetsInWhoseTimeIsOverAndNotBefore) {
  EXPECT_EQ(ejection.state(), State::in);
  EXPECT_EQ(ejection.until(), kNever);

  EXPECT_EQ(ejection.eject(config, now), seconds(30));

  EXPECT_EQ(ejection.state(), State::out);
  EXPECT_EQ(ejection.until(), now + seconds(30));
  EXPECT_FALSE(ejection.expire(now + seconds(30) - Duration(1), false));
  EXPECT_EQ(ejection.state(), State::out);
  EXPECT_TRUE(ejection.expire(now + seconds(30), false));
  EXPECT_EQ(ejection.state(), State::in);
  EXPECT_EQ(ejection.until(), kNever);
  EXPECT_FALSE(ejection.expire(now + minutes(10), false));
}

TEST_F(EjectionTest, WaitsForACheckWhereThereAreChecks) {
  ejection.eject(config, now);
  EXPECT_FALSE(ejection.handle_pass(now + seconds(1)));  // before its time
  EXPECT_EQ(ejection.state(), State::out);

  EXPECT_TRUE(ejection.expire(now + seconds(30), true));
  EXPECT_EQ(ejection.state(), State::proving);
  EXPECT_FALSE(ejection.expire(now + seconds(31), true));

  EXPECT_TRUE(ejection.handle_pass(now + seconds(40)));
  EXPECT_EQ(ejection.state(), State::in);
  EXPECT_FALSE(ejection.handle_pass(now + seconds(50)));
}

TEST_F(EjectionTest, LastsLongerEachTimeUpToTheMaximum) {
  std::vector<int64_t> times;
  for (int i = 0; i < 7; ++i)
    times.push_back(serve() / seconds(1));
  EXPECT_EQ(times, (std::vector<int64_t>{30, 60, 90, 120, 120, 120, 120}));
}

TEST_F(EjectionTest, ForgetsOneForEachBaseTimeThatPassesWell) {
  serve();
  serve();
  serve();
  now += seconds(30) - Duration(1);  // not quite
  EXPECT_EQ(serve(), seconds(120));
  now += seconds(60);
  EXPECT_EQ(serve(), seconds(90));
  now += minutes(60);
  EXPECT_EQ(serve(), seconds(30));
  EXPECT_EQ(ejection.times(), 1U);
}

TEST(MayEjectTest, KeepsToItsShareExactly) {
  EXPECT_FALSE(may_eject(0, 1, 50));
  EXPECT_TRUE(may_eject(0, 2, 50));
  EXPECT_FALSE(may_eject(1, 2, 50));
  EXPECT_FALSE(may_eject(1, 3, 50));
  EXPECT_TRUE(may_eject(1, 4, 50));
  EXPECT_FALSE(may_eject(0, 3, 33));
  EXPECT_TRUE(may_eject(0, 3, 34));
  EXPECT_TRUE(may_eject(2, 3, 100));
  EXPECT_FALSE(may_eject(0, 10, 0));
}

}  // namespace
}  // namespace qp::upstream
