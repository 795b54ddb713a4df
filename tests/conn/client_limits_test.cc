#include "conn/client_limits.h"

#include <gtest/gtest.h>

namespace qp::conn {
namespace {

Address address(const char* text) {
  return *Address::parse(text, 1000);
}

TEST(ClientLimitsTest, CountsConnectionsInAllAndByNetwork) {
  ClientLimits limits(3, 2);
  EXPECT_TRUE(limits.enter(address("192.0.2.1")));
  EXPECT_TRUE(limits.enter(address("192.0.2.1")));
  EXPECT_FALSE(limits.enter(address("192.0.2.1")));
  EXPECT_TRUE(limits.enter(address("192.0.2.2")));
  EXPECT_FALSE(limits.enter(address("192.0.2.3")));

  limits.leave(address("192.0.2.1"));

  EXPECT_TRUE(limits.enter(address("192.0.2.1")));
  EXPECT_EQ(limits.connections(), 3u);
}

TEST(ClientLimitsTest, BoundsHandshakesThatAreNotComplete) {
  ClientLimits limits(10, 10, 1);
  EXPECT_TRUE(limits.enter_half_open(address("192.0.2.1")));
  EXPECT_FALSE(limits.enter_half_open(address("192.0.2.2")));
  EXPECT_EQ(limits.connections(), 1u) << "one that was refused isn't counted";
  EXPECT_TRUE(limits.enter(address("192.0.2.3"))) << "without a handshake";

  limits.leave_half_open();

  EXPECT_EQ(limits.half_open(), 0u);
  EXPECT_TRUE(limits.enter_half_open(address("192.0.2.2")));
}

TEST(ClientLimitsTest, CountsNoHandshakeOfAConnectionThatIsRefused) {
  ClientLimits limits(0, 10, 10);
  EXPECT_FALSE(limits.enter_half_open(address("192.0.2.1")));
  EXPECT_EQ(limits.half_open(), 0u);
}

}  // namespace
}  // namespace qp::conn
