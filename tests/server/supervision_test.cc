#include "server/supervision.h"

#include <gtest/gtest.h>

namespace qp::server {
namespace {

using Act = Supervision::Act;
using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisionTest : public testing::Test {
 protected:
  void run() {
    EXPECT_EQ(supervision_.next(now_), Act::run);
    supervision_.handle_run(now_);
    EXPECT_EQ(supervision_.next(now_), Act::none);
  }

  TimePoint now_{seconds(100)};
  Supervision supervision_;
};

TEST_F(SupervisionTest, RunsNothingBeforeItIsToldTo) {
  EXPECT_EQ(supervision_.next(now_), Act::none);
  EXPECT_TRUE(supervision_.is_off());

  supervision_.start();

  run();
  EXPECT_FALSE(supervision_.is_off());
}

TEST_F(SupervisionTest, RunsAgainWhatHasEndedByItselfAfterPausesThatDoubleUpToABound) {
  supervision_.start();
  run();

  for (const int pause_ms : {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    const milliseconds pause(pause_ms);
    EXPECT_EQ(supervision_.handle_end(now_), pause);
    now_ += pause - Duration(1);
    EXPECT_EQ(supervision_.next(now_), Act::none);
    now_ += Duration(1);
    EXPECT_EQ(supervision_.deadline(), now_);
    run();
  }
}

TEST_F(SupervisionTest, ForgivesWhatHasRunForLong) {
  supervision_.start();
  run();
  EXPECT_EQ(supervision_.handle_end(now_), milliseconds(200));
  now_ += seconds(1);
  run();
  now_ += Supervision::kSettled - Duration(1);
  EXPECT_EQ(supervision_.handle_end(now_), milliseconds(400));
  now_ += seconds(1);
  run();
  now_ += Supervision::kSettled;

  EXPECT_EQ(supervision_.handle_end(now_), milliseconds(200));
}

TEST_F(SupervisionTest, TriesAgainWhatCouldNotBeRun) {
  supervision_.start();
  ASSERT_EQ(supervision_.next(now_), Act::run);

  EXPECT_EQ(supervision_.handle_failed_run(now_), milliseconds(200));
  EXPECT_EQ(supervision_.next(now_), Act::none);
  now_ += milliseconds(200);
  EXPECT_EQ(supervision_.next(now_), Act::run);
  EXPECT_EQ(supervision_.handle_failed_run(now_), milliseconds(400));
}

TEST_F(SupervisionTest, AsksAProcessToEndAndKillsItWhenItsPatienceIsOver) {
  supervision_.start();
  run();

  supervision_.stop();
  EXPECT_EQ(supervision_.next(now_), Act::terminate);
  EXPECT_EQ(supervision_.next(now_), Act::none);
  now_ += Supervision::kEndPatience - Duration(1);
  EXPECT_EQ(supervision_.next(now_), Act::none);
  now_ += Duration(1);
  EXPECT_EQ(supervision_.next(now_), Act::kill);
  EXPECT_EQ(supervision_.next(now_), Act::none);
  EXPECT_FALSE(supervision_.is_off());

  EXPECT_EQ(supervision_.handle_end(now_), Duration::zero());
  EXPECT_TRUE(supervision_.is_off());
  EXPECT_EQ(supervision_.next(now_), Act::none);
}

TEST_F(SupervisionTest, KillsWithoutAskingAndDoesNotBringBack) {
  supervision_.start();
  run();

  supervision_.kill();
  EXPECT_EQ(supervision_.next(now_), Act::kill);
  supervision_.handle_end(now_);

  EXPECT_EQ(supervision_.next(now_ + seconds(3600)), Act::none);
  EXPECT_TRUE(supervision_.is_off());
}

TEST_F(SupervisionTest, KillsWhatIsAskedToEndAlready) {
  supervision_.start();
  run();
  supervision_.stop();
  ASSERT_EQ(supervision_.next(now_), Act::terminate);

  supervision_.kill();

  EXPECT_EQ(supervision_.next(now_), Act::kill);
}

TEST_F(SupervisionTest, IsMercifulAgainAfterAKill) {
  supervision_.start();
  run();
  supervision_.kill();
  ASSERT_EQ(supervision_.next(now_), Act::kill);
  supervision_.handle_end(now_);
  supervision_.start();
  run();

  supervision_.stop();

  EXPECT_EQ(supervision_.next(now_), Act::terminate);
}

TEST_F(SupervisionTest, GivesUpWaitingWhenItIsStopped) {
  supervision_.start();
  run();
  supervision_.handle_end(now_);

  supervision_.stop();

  EXPECT_EQ(supervision_.next(now_), Act::none);
  EXPECT_TRUE(supervision_.is_off());
  EXPECT_EQ(supervision_.deadline(), kNever);
}

TEST_F(SupervisionTest, StartsAtOnceWhatIsWaiting) {
  supervision_.start();
  run();
  supervision_.handle_end(now_);
  ASSERT_EQ(supervision_.next(now_), Act::none);

  supervision_.start();

  run();
}

TEST_F(SupervisionTest, RunsAgainWhatIsWantedBackWhileItEnds) {
  supervision_.start();
  run();
  supervision_.stop();
  ASSERT_EQ(supervision_.next(now_), Act::terminate);

  supervision_.start();
  EXPECT_EQ(supervision_.next(now_), Act::none);
  supervision_.handle_end(now_);

  run();
}

}  // namespace
}  // namespace qp::server
