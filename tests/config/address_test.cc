#include "config/address.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

TEST(AddressTest, ReadsAndPrintsAddresses) {
  struct Case {
    std::string_view text;
    std::string_view host;
    std::uint16_t port;
    std::string_view printed;
  };
  constexpr Case kCases[] = {
      {":443", "", 443, ":443"},
      {":0", "", 0, ":0"},
      {"127.0.0.1:80", "127.0.0.1", 80, "127.0.0.1:80"},
      {"[::]:443", "::", 443, "[::]:443"},
      {"[fd00::1]:65535", "fd00::1", 65535, "[fd00::1]:65535"},
      {"LocalHost:8080", "localhost", 8080, "localhost:8080"},
  };
  for (const Case& each : kCases) {
    const auto address = parse_address(each.text);
    ASSERT_TRUE(address.has_value()) << address.error();
    EXPECT_EQ(address->host, each.host);
    EXPECT_EQ(address->port, each.port);
    EXPECT_EQ(print_address(*address), each.printed);
  }
}

TEST(AddressTest, RefusesWhatIsNoAddress) {
  for (const std::string_view text :
       {"", "443", "localhost", ":", ":65536", ":-1", "::1:443", "[::1]", "[::1", "[::1]443",
        "[127.0.0.1]:80", "1.2.3:80", "a b:80", "a..b:80", "http://a:80"}) {
    EXPECT_FALSE(parse_address(text).has_value()) << text;
  }
}

TEST(AddressTest, ReadsAndPrintsNetworks) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"10.0.0.0/8", "10.0.0.0/8"}, {"192.0.2.1", "192.0.2.1/32"},      {"0.0.0.0/0", "0.0.0.0/0"},
      {"fd00::/8", "fd00::/8"},     {"2001:DB8::1", "2001:db8::1/128"}, {"::/0", "::/0"},
  };
  for (const auto& [text, printed] : kCases) {
    const auto network = parse_network(text);
    ASSERT_TRUE(network.has_value()) << network.error();
    EXPECT_EQ(print_network(*network), printed);
    EXPECT_EQ(parse_network(printed), network);
  }
}

TEST(AddressTest, KeepsAVersionFourNetworkAsAMappedOne) {
  const Network network = *parse_network("10.0.0.0/8");

  EXPECT_EQ(network.prefix_bits, 104);
  EXPECT_TRUE(network.contains(*Address::parse("10.255.0.1", 1)));
  EXPECT_FALSE(network.contains(*Address::parse("11.0.0.1", 1)));
}

TEST(AddressTest, RefusesWhatIsNoNetwork) {
  for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "fd00::/129",
                                      "fd00::1/64", "example.com", "10.0.0/8"}) {
    EXPECT_FALSE(parse_network(text).has_value()) << text;
  }
}

TEST(AddressTest, ReadsAndPrintsUrls) {
  struct Case {
    std::string_view text;
    Url url;
    std::string_view printed;
  };
  const Case cases[] = {
      {"http://backend1", {Scheme::http, "backend1", 80, ""}, "http://backend1"},
      {"http://backend1:80/", {Scheme::http, "backend1", 80, ""}, "http://backend1"},
      {"https://Backend1", {Scheme::https, "backend1", 443, ""}, "https://backend1"},
      {"https://a:80/base//", {Scheme::https, "a", 80, "/base"}, "https://a:80/base"},
      {"http://[::1]:3000/a/b", {Scheme::http, "::1", 3000, "/a/b"}, "http://[::1]:3000/a/b"},
  };
  for (const Case& each : cases) {
    const auto url = parse_url(each.text);
    ASSERT_TRUE(url.has_value()) << url.error();
    EXPECT_EQ(*url, each.url) << each.text;
    EXPECT_EQ(print_url(*url), each.printed);
  }
}

TEST(AddressTest, RefusesWhatIsNoUrl) {
  for (const std::string_view text :
       {"", "backend1", "//backend1", "HTTP://a", "ftp://a", "http://", "http:///a", "http://a:0",
        "http://a:65536", "http://a:", "http://a?b", "http://a/#b", "http://u:p@a", "http://a b",
        "http://a/b c", "http://[::1", "http://::1"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

TEST(AddressTest, LimitsTheLengthOfHostsAndLabels) {
  const std::string label(63, 'a');
  const std::string host = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_EQ(host.size(), 253U);

  EXPECT_TRUE(parse_host(host).has_value());
  EXPECT_FALSE(parse_host(host + "b").has_value());
  EXPECT_FALSE(parse_host(label + "a").has_value());
}

}  // namespace
}  // namespace qp::config
