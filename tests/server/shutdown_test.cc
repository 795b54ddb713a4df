#include "server/shutdown.h"

#include <gtest/gtest.h>

namespace qp::server {
namespace {

constexpr TimePoint kDeadline{std::chrono::seconds(30)};

TEST(Shutdown, DrainsFirstAndStopsWhenItIsAskedAgain) {
  TimerQueue timers;
  Shutdown shutdown(timers);

  EXPECT_EQ(shutdown.ask(kDeadline), Shutdown::Step::drain);
  EXPECT_TRUE(shutdown.is_draining());
  EXPECT_EQ(shutdown.ask(kDeadline), Shutdown::Step::stop);
  EXPECT_TRUE(shutdown.is_hurried());
  EXPECT_EQ(shutdown.ask(kDeadline), Shutdown::Step::none);

  timers.expire(kDeadline);
  EXPECT_FALSE(shutdown.times_out());
  EXPECT_FALSE(shutdown.has_timed_out());
}

TEST(Shutdown, TimesOutOnceAtItsDeadline) {
  TimerQueue timers;
  Shutdown shutdown(timers);
  ASSERT_EQ(shutdown.ask(kDeadline), Shutdown::Step::drain);

  timers.expire(kDeadline - Duration(1));
  EXPECT_FALSE(shutdown.times_out());
  timers.expire(kDeadline);

  EXPECT_TRUE(shutdown.times_out());
  EXPECT_FALSE(shutdown.times_out());
  EXPECT_TRUE(shutdown.has_timed_out());
  EXPECT_FALSE(shutdown.is_hurried());
  EXPECT_EQ(shutdown.ask(kDeadline), Shutdown::Step::none);
}

}  // namespace
}  // namespace qp::server
