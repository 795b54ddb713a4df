#include "base/address.h"

#include <gmock/gmock.h>

#include <string>
#include <unordered_set>

namespace qp {
namespace {

Address address_of(std::string_view ip, uint16_t port) {
  return Address::parse(ip, port).value();
}

TEST(AddressTest, ReadsAndWritesIpAndPort) {
  struct Case {
    std::string_view ip;
    uint16_t port;
    std::string_view ip_text;
    std::string_view text;
  };
  const Case cases[] = {
      {"127.0.0.1", 80, "127.0.0.1", "127.0.0.1:80"},
      {"255.255.255.255", 65535, "255.255.255.255", "255.255.255.255:65535"},
      {"0.0.0.0", 0, "0.0.0.0", "0.0.0.0:0"},
      {"::1", 443, "::1", "[::1]:443"},
      {"", 443, "::", "[::]:443"},
      {"2001:DB8:0:0:0:0:0:1", 1, "2001:db8::1", "[2001:db8::1]:1"},
      {"::ffff:10.1.2.3", 8080, "10.1.2.3", "10.1.2.3:8080"},
      {"0000:0000:0000:0000:0000:ffff:192.168.100.228", 7, "192.168.100.228", "192.168.100.228:7"},
  };
  for (const Case& expected : cases) {
    const Result<Address> address = Address::parse(expected.ip, expected.port);

    ASSERT_TRUE(address) << expected.ip;
    EXPECT_EQ(address->port(), expected.port);
    EXPECT_EQ(address->ip_text(), expected.ip_text);
    EXPECT_EQ(address->text(), expected.text);
  }
}

TEST(AddressTest, RefusesWhatIsNoIpAddress) {
  using std::string_view_literals::operator""sv;
  const std::string_view cases[] = {"localhost",
                                    "1.2.3",
                                    "1.2.3.4.5",
                                    "256.1.1.1",
                                    "1.2.3.4 ",
                                    "[::1]",
                                    ":::",
                                    "1::2::3",
                                    "g::1",
                                    "127.0.0.1\0"sv,
                                    "1.2.3.4:80",
                                    "01.2.3.4x",
                                    " ",
                                    "\0"sv,
                                    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee"};
  for (const std::string_view text : cases) {
    const Result<Address> address = Address::parse(text, 1);

    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::malformed);
  }
}

TEST(AddressTest, IsUnsetUntilGivenAnAddress) {
  const Address address;

  EXPECT_FALSE(address.is_set());
  EXPECT_EQ(address.size(), 0u);
  EXPECT_EQ(address.ip_text(), "");
  EXPECT_EQ(address.text(), "");
}

TEST(AddressTest, TellsTheSizeOfItsFamily) {
  EXPECT_EQ(address_of("1.2.3.4", 5).size(), sizeof(sockaddr_in));
  EXPECT_EQ(address_of("::1", 5).size(), sizeof(sockaddr_in6));
}

TEST(AddressTest, CopiesASocketAddressWhole) {
  const Address source = address_of("2001:db8::7", 99);

  EXPECT_EQ(Address(source.raw(), source.size()), source);
}

TEST(AddressTest, IsEqualOnlyIfIpAndPortAre) {
  EXPECT_EQ(address_of("1.2.3.4", 5), address_of("1.2.3.4", 5));
  EXPECT_FALSE(address_of("1.2.3.4", 5) == address_of("1.2.3.4", 6));
  EXPECT_FALSE(address_of("1.2.3.4", 5) == address_of("1.2.3.5", 5));
  EXPECT_EQ(address_of("::1", 5), address_of("::1", 5));
  EXPECT_FALSE(address_of("::1", 5) == address_of("::2", 5));
  EXPECT_FALSE(address_of("::1", 5) == address_of("0.0.0.1", 5));
}

TEST(AddressTest, TurnsAMappedAddressIntoIpv4AndLeavesOthersAlone) {
  EXPECT_EQ(address_of("::ffff:1.2.3.4", 5).unmapped(), address_of("1.2.3.4", 5));
  EXPECT_FALSE(address_of("::ffff:1.2.3.4", 5) == address_of("1.2.3.4", 5));
  EXPECT_EQ(address_of("::1", 5).unmapped(), address_of("::1", 5));
  EXPECT_EQ(address_of("1.2.3.4", 5).unmapped(), address_of("1.2.3.4", 5));
}

TEST(AddressTest, HashesNeighboursApart) {
  std::unordered_set<size_t> hashes;
  for (uint16_t port = 1; port <= 1000; ++port) {
    hashes.insert(AddressHash()(address_of("10.0.0.1", port)) % 65536);
    hashes.insert(AddressHash()(address_of("2001:db8::1", port)) % 65536);
  }

  EXPECT_GT(hashes.size(), 1900u);  // a perfectly random hash has 1,970 on average
  EXPECT_EQ(AddressHash()(address_of("::1", 9)), AddressHash()(address_of("::1", 9)));
}

}  // namespace
}  // namespace qp
