#include "base/network.h"

#include <gtest/gtest.h>

namespace qp {
namespace {

Address address(const char* text) {
  return Address::parse(text, 80).value();
}

Network network(const char* text, uint8_t prefix_bits) {
  return {.address = mapped_bytes(address(text)), .prefix_bits = prefix_bits};
}

TEST(NetworkTest, ContainsItsRangeAndNothingBesideIt) {
  const Network ten = network("10.0.0.0", 96 + 8);
  EXPECT_TRUE(ten.contains(address("10.0.0.0")));
  EXPECT_TRUE(ten.contains(address("10.255.255.255")));
  EXPECT_FALSE(ten.contains(address("9.255.255.255")));
  EXPECT_FALSE(ten.contains(address("11.0.0.0")));

  const Network odd = network("192.0.2.64", 96 + 27);
  EXPECT_FALSE(odd.contains(address("192.0.2.63")));
  EXPECT_TRUE(odd.contains(address("192.0.2.64")));
  EXPECT_TRUE(odd.contains(address("192.0.2.95")));
  EXPECT_FALSE(odd.contains(address("192.0.2.96")));

  const Network six = network("2001:db8::", 33);
  EXPECT_TRUE(six.contains(address("2001:db8:7fff::1")));
  EXPECT_FALSE(six.contains(address("2001:db8:8000::1")));
}

TEST(NetworkTest, AMappedAddressIsTheIpv4AddressItStandsFor) {
  EXPECT_TRUE(network("10.0.0.0", 96 + 8).contains(address("::ffff:10.1.1.1")));
  EXPECT_FALSE(network("10.0.0.0", 96 + 8).contains(address("::10.1.1.1")));
}

TEST(NetworkTest, MayBeOneAddressOrAllOfThem) {
  EXPECT_TRUE(network("::1", 128).contains(address("::1")));
  EXPECT_FALSE(network("::1", 128).contains(address("::2")));
  EXPECT_TRUE(network("::", 0).contains(address("192.0.2.1")));
  EXPECT_TRUE(network("0.0.0.0", 96).contains(address("192.0.2.1")));
  EXPECT_FALSE(network("0.0.0.0", 96).contains(address("2001:db8::1")));
}

TEST(NetworkTest, AnAddressThatIsNotSetIsNowhere) {
  EXPECT_FALSE(network("::", 0).contains(Address()));
}

}  // namespace
}  // namespace qp
