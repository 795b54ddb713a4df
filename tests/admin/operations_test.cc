#include "admin/operations.h"

#include <gtest/gtest.h>

#include <vector>

namespace qp::admin {
namespace {

using Action = Operations::Action;
using upstream::Service;

// Does what the test says, when the test says so.
class SlowDriver final : public Driver {
 public:
  std::string_view name() const override { return "slow"; }
  void stop(const config::Backend& backend, Done asked) override {
    begin("stop " + backend.name, std::move(asked));
  }
  void start(const config::Backend& backend, Done asked) override {
    begin("start " + backend.name, std::move(asked));
  }
  void kill(const config::Backend& backend, Done asked) override {
    begin("kill " + backend.name, std::move(asked));
  }

  std::vector<std::string> orders;
  Done done;

 private:
  void begin(std::string order, Done asked) {
    orders.push_back(std::move(order));
    done = std::move(asked);
  }
};

// What the test says of the only backend.
class GivenFigures final : public Figures {
 public:
  void sample(TimePoint, std::span<const std::shared_ptr<upstream::Backend>>) override {}
  TrafficFigures traffic() const override { return {}; }
  std::vector<ChartPoint> chart_points(std::span<const std::shared_ptr<upstream::Backend>>) const override {
    return {};
  }
  BackendFigures of(const upstream::Backend&) const override { return given; }

  BackendFigures given;
};

class OperationsTest : public testing::Test {
 protected:
  void turn(Duration passed = Duration::zero()) {
    turn_.now += passed;
    timers_.expire(turn_.now);
    operations_.advance();
  }
  Service service() const { return backend_->standing.service(); }

  Turn turn_{TimePoint(std::chrono::seconds(1)), {}};
  TimerQueue timers_;
  LogRing ring_;
  std::atomic<LogLevel> level_{LogLevel::error};
  Log log_{ring_, level_, LogFormat::text};
  upstream::Rotation rotation_{turn_, log_};
  std::shared_ptr<upstream::Backend> backend_ = std::make_shared<upstream::Backend>(
      config::Backend{.name = "b1", .health_check = {.enabled = true}}, nullptr);
  std::vector<std::string> told_;
  Activity activity_{
      [this](const ActivityEntry& entry) { told_.push_back(entry.message + ": " + entry.detail); }};
  SlowDriver driver_;
  GivenFigures figures_;
  uint64_t checks_wanted_ = 0;
  Operations operations_{{.turn = turn_,
                          .timers = timers_,
                          .rotation = rotation_,
                          .driver = driver_,
                          .activity = activity_,
                          .check_now = [this](const upstream::Backend&) { ++checks_wanted_; },
                          .figures = figures_}};
};

TEST_F(OperationsTest, StopsABackendWhenItsRequestsAreOver) {
  figures_.given.requests_active = 1;
  ASSERT_TRUE(operations_.begin(backend_, Action::stop, "me"));
  turn();
  EXPECT_EQ(service(), Service::draining);
  EXPECT_TRUE(driver_.orders.empty());

  figures_.given.requests_active = 0;
  turn(std::chrono::milliseconds(100));
  EXPECT_EQ(driver_.orders, std::vector<std::string>{"stop b1"});
  EXPECT_EQ(operations_.pending(*backend_), "stop");

  driver_.done(std::nullopt);
  turn();
  EXPECT_EQ(service(), Service::stopped);
  EXPECT_EQ(operations_.pending(*backend_), "");
  EXPECT_EQ(told_,
            (std::vector<std::string>{"Operator action: stop by me", "Backend stopped: by the driver slow"}));
}

TEST_F(OperationsTest, WaitsForRequestsNoLongerThanItsPatience) {
  figures_.given.requests_active = 1;
  ASSERT_TRUE(operations_.begin(backend_, Action::stop, "me"));

  turn(Operations::kDrainPatience - Duration(1));
  EXPECT_TRUE(driver_.orders.empty());
  turn(Duration(1));

  EXPECT_EQ(driver_.orders.size(), 1u);
}

TEST_F(OperationsTest, RestartsByStoppingAndStarting) {
  ASSERT_TRUE(operations_.begin(backend_, Action::restart, "me"));
  turn();
  driver_.done(std::nullopt);
  turn();
  EXPECT_EQ(driver_.orders, (std::vector<std::string>{"stop b1", "start b1"}));
  EXPECT_NE(service(), Service::running);

  driver_.done(std::nullopt);
  turn();
  ++figures_.given.checks_passed;
  turn();

  EXPECT_EQ(service(), Service::running);
}

TEST_F(OperationsTest, PutsAStartedBackendIntoRotationWhenItsChecksPass) {
  figures_.given.checks_passed = 7;  // before
  rotation_.set_service(*backend_, Service::stopped);
  rotation_.set_healthy(*backend_, false);
  ASSERT_TRUE(operations_.begin(backend_, Action::start, "me"));
  driver_.done(std::nullopt);
  turn();
  EXPECT_EQ(service(), Service::stopped);
  EXPECT_EQ(operations_.pending(*backend_), "start");
  EXPECT_EQ(checks_wanted_, 1u);

  ++figures_.given.checks_passed;
  turn(std::chrono::milliseconds(100));
  EXPECT_EQ(service(), Service::stopped);  // one more is needed
  rotation_.set_healthy(*backend_, true);
  turn(std::chrono::milliseconds(100));

  EXPECT_EQ(service(), Service::running);
  EXPECT_EQ(operations_.pending(*backend_), "");
}

TEST_F(OperationsTest, WaitsForChecksNoLongerThanItsPatience) {
  rotation_.set_service(*backend_, Service::stopped);
  ASSERT_TRUE(operations_.begin(backend_, Action::start, "me"));
  driver_.done(std::nullopt);
  turn();

  turn(Operations::kReadyPatience - Duration(1));
  EXPECT_EQ(service(), Service::stopped);
  turn(Duration(1));

  EXPECT_EQ(service(), Service::running);
}

TEST_F(OperationsTest, LeavesOutWhatCouldNotBeStarted) {
  ASSERT_TRUE(operations_.begin(backend_, Action::start, "me"));

  driver_.done("no such program");
  turn();

  EXPECT_EQ(service(), Service::stopped);
  EXPECT_EQ(told_.back(), "Driver failed: no such program");
}

TEST_F(OperationsTest, TakesOneOrderAtATime) {
  ASSERT_TRUE(operations_.begin(backend_, Action::start, "me"));

  EXPECT_FALSE(operations_.begin(backend_, Action::stop, "you"));
  EXPECT_FALSE(operations_.begin(backend_, Action::drain, "you"));

  driver_.done(std::nullopt);
  turn();
  ++figures_.given.checks_passed;
  turn();
  EXPECT_TRUE(operations_.begin(backend_, Action::drain, "you"));
}

TEST_F(OperationsTest, TellsWhatTheDriverSaysWhenItFails) {
  ASSERT_TRUE(operations_.begin(backend_, Action::stop, "me"));
  turn();
  driver_.done("no such container");
  turn();

  EXPECT_EQ(told_.back(), "Driver failed: no such container");
  EXPECT_EQ(service(), Service::running);
  EXPECT_EQ(operations_.pending(*backend_), "");
}

TEST_F(OperationsTest, CrashesWithoutDrainingAndWithoutBeingTold) {
  figures_.given.requests_active = 1;
  ASSERT_TRUE(operations_.begin(backend_, Action::crash, "me"));
  turn();
  EXPECT_EQ(driver_.orders, std::vector<std::string>{"kill b1"});

  driver_.done(std::nullopt);
  turn();

  EXPECT_EQ(service(), Service::running);  // checks have to find out
}

TEST_F(OperationsTest, TakesOutAtOnceWhatTheDrainDriverCrashes) {
  DrainDriver drain;
  Operations operations({.turn = turn_,
                         .timers = timers_,
                         .rotation = rotation_,
                         .driver = drain,
                         .activity = activity_,
                         .check_now = [](const upstream::Backend&) {},
                         .figures = figures_});

  ASSERT_TRUE(operations.begin(backend_, Action::crash, "me"));
  operations.advance();

  EXPECT_EQ(service(), Service::stopped);
}

}  // namespace
}  // namespace qp::admin
