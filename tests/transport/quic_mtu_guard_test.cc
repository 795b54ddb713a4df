#include "transport/quic_mtu_guard.h"

#include <gtest/gtest.h>

namespace qp::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds(100)};
constexpr Duration kProbeTimeout = milliseconds(50);

TEST(MtuGuardTest, LimitsDatagramsWhenNoLargeOneIsAcknowledged) {
  MtuGuard guard;
  guard.sent(1452, kStart);

  guard.check(kStart + milliseconds(149), kProbeTimeout);
  EXPECT_FALSE(guard.is_limited());

  guard.check(kStart + milliseconds(150), kProbeTimeout);
  EXPECT_TRUE(guard.is_limited());
  EXPECT_EQ(guard.limit(), 1200u);
}

TEST(MtuGuardTest, OneLargePacketThatArrivedIsProof) {
  MtuGuard guard;
  guard.sent(1452, kStart);
  guard.acked(1201);

  guard.check(kStart + seconds(1), kProbeTimeout);

  EXPECT_FALSE(guard.is_limited());
}

TEST(MtuGuardTest, SmallPacketsThatArriveProveNothing) {
  MtuGuard guard;
  guard.sent(1452, kStart);
  guard.acked(1200);

  guard.check(kStart + seconds(1), kProbeTimeout);

  EXPECT_TRUE(guard.is_limited());
}

TEST(MtuGuardTest, SmallPacketsAreNeverDoubtful) {
  MtuGuard guard;
  guard.sent(1200, kStart);

  guard.check(kStart + seconds(10), kProbeTimeout);

  EXPECT_FALSE(guard.is_limited());
}

TEST(MtuGuardTest, TriesLargeOnesAgainAfterAPauseThatDoubles) {
  MtuGuard guard;
  guard.sent(1452, kStart);
  guard.check(kStart + seconds(1), kProbeTimeout);
  ASSERT_TRUE(guard.is_limited());

  guard.check(kStart + seconds(30), kProbeTimeout);
  EXPECT_TRUE(guard.is_limited());
  guard.check(kStart + seconds(31), kProbeTimeout);
  EXPECT_FALSE(guard.is_limited());

  guard.sent(1452, kStart + seconds(31));
  guard.check(kStart + seconds(32), kProbeTimeout);
  ASSERT_TRUE(guard.is_limited());
  guard.check(kStart + seconds(91), kProbeTimeout);
  EXPECT_TRUE(guard.is_limited());
  guard.check(kStart + seconds(92), kProbeTimeout);
  EXPECT_FALSE(guard.is_limited());
}

TEST(MtuGuardTest, ANewPathIsNotBlamedForTheOldOne) {
  MtuGuard guard;
  guard.sent(1452, kStart);
  guard.check(kStart + seconds(1), kProbeTimeout);

  guard.path_changed();

  EXPECT_FALSE(guard.is_limited());
}

}  // namespace
}  // namespace qp::transport
