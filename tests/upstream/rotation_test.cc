#include "upstream/rotation.h"

#include <gtest/gtest.h>

#include "support/log_taker.h"

namespace qp::upstream {
namespace {

using std::chrono::seconds;

class RotationTest : public testing::Test {
 protected:
  void pass(Duration duration) { turn.now += duration; }

  Turn turn{.now = TimePoint(seconds(1000)), .wall = {}};
  test::LogTaker log;
  Rotation rotation{turn, log.log};
  Backend backend{{.name = "a"}, nullptr};
  const Standing& standing = backend.standing;
};

TEST_F(RotationTest, TakesOutWhoHasAnyMark) {
  EXPECT_TRUE(standing.may_be_chosen());

  rotation.set_healthy(backend, false);
  EXPECT_FALSE(standing.may_be_chosen());
  EXPECT_FALSE(standing.is_healthy());
  rotation.set_healthy(backend, true);
  EXPECT_TRUE(standing.may_be_chosen());

  rotation.set_ejected(backend, true);
  EXPECT_FALSE(standing.may_be_chosen());
  EXPECT_TRUE(standing.is_healthy());
  EXPECT_TRUE(standing.is_ejected());
  rotation.set_ejected(backend, false);
  EXPECT_TRUE(standing.may_be_chosen());

  for (const Service service : {Service::draining, Service::stopped}) {
    rotation.set_service(backend, service);
    EXPECT_FALSE(standing.may_be_chosen());
    EXPECT_EQ(standing.service(), service);
  }
  rotation.set_service(backend, Service::running);
  EXPECT_TRUE(standing.may_be_chosen());
}

TEST_F(RotationTest, PutsBackOnlyWhenEveryMarkIsGone) {
  rotation.set_service(backend, Service::draining);
  rotation.set_healthy(backend, false);
  rotation.set_ejected(backend, true);

  rotation.set_service(backend, Service::running);
  EXPECT_FALSE(standing.is_healthy());
  EXPECT_TRUE(standing.is_ejected());
  rotation.set_healthy(backend, true);
  EXPECT_FALSE(standing.may_be_chosen());
  rotation.set_ejected(backend, false);

  EXPECT_TRUE(standing.may_be_chosen());
}

TEST_F(RotationTest, LogsWhoLeavesAndWhoReturnsAndWhy) {
  rotation.set_healthy(backend, false);
  rotation.set_ejected(backend, true);  // it is out already
  rotation.set_healthy(backend, true);
  rotation.set_ejected(backend, false);
  rotation.set_service(backend, Service::stopped);
  rotation.set_service(backend, Service::running);

  EXPECT_EQ(log.take(),
            "info  Removed from load balancer backend=a reason=health_check\n"
            "info  Added to load balancer backend=a reason=outlier_detection\n"
            "info  Removed from load balancer backend=a reason=operator\n"
            "info  Added to load balancer backend=a reason=operator\n");
}

TEST_F(RotationTest, SaysSinceWhenABackendIsInOrOut) {
  EXPECT_EQ(standing.since(), TimePoint{});
  rotation.begin(backend);
  EXPECT_EQ(standing.since(), turn.now);
  const TimePoint began = turn.now;

  pass(seconds(1));
  rotation.set_healthy(backend, true);  // it was
  EXPECT_EQ(standing.since(), began);
  rotation.set_healthy(backend, false);
  EXPECT_EQ(standing.since(), began + seconds(1));
  pass(seconds(1));
  rotation.set_ejected(backend, true);
  EXPECT_EQ(standing.since(), began + seconds(1));
  rotation.set_ejected(backend, false);
  pass(seconds(1));
  rotation.set_healthy(backend, true);
  EXPECT_EQ(standing.since(), began + seconds(3));
}

class Counter final : public RotationOwner {
 public:
  int told = 0;

 private:
  void standing_changed(const Backend& /*backend*/) override { ++told; }
  void usable_addresses_changed(const Backend& /*backend*/,
                                std::shared_ptr<const AddressList> /*addresses*/) override {}
};

TEST_F(RotationTest, TellsItsOwnerOfEveryNewMark) {
  Counter owner;
  Rotation told(turn, log.log, &owner);

  told.set_healthy(backend, true);  // it was
  EXPECT_EQ(owner.told, 0);
  told.set_healthy(backend, false);
  EXPECT_EQ(owner.told, 1);
  told.set_service(backend, Service::draining);  // it is out already, but keeps no connections now
  EXPECT_EQ(owner.told, 2);
  told.set_service(backend, Service::draining);
  EXPECT_EQ(owner.told, 2);
}

}  // namespace
}  // namespace qp::upstream
