#include "proxy/affinity.h"

#include <gtest/gtest.h>

namespace qp::proxy {
namespace {

using config::Algorithm;

class AffinityTest : public testing::Test {
 protected:
  AffinityTest() {
    client.address = "192.0.2.7";
    target.authority.host = "one.test";
  }
  Affinity affinity() const { return affinity_of(balancer, head, target, client); }
  uint64_t key() const { return affinity().key; }

  config::LoadBalancer balancer{.algorithm = Algorithm::maglev};
  http::RequestHead head;
  http::Target target;
  http::Client client;
};

TEST_F(AffinityTest, IsTheClientsAddressWithoutMore) {
  const uint64_t here = key();
  EXPECT_EQ(key(), here);

  client.address = "192.0.2.8";
  EXPECT_NE(key(), here);
}

TEST_F(AffinityTest, IsTheHeaderWhereTheRequestHasIt) {
  const uint64_t by_address = key();
  balancer.hash_on.header = "x-user";
  EXPECT_EQ(key(), by_address);

  head.fields.add("X-User", "anna");
  const uint64_t anna = key();
  EXPECT_NE(anna, by_address);
  client.address = "192.0.2.8";
  EXPECT_EQ(key(), anna);
}

TEST_F(AffinityTest, IsTheHostWhereThatHeaderIsNamed) {
  balancer.hash_on.header = "host";
  const uint64_t one = key();

  target.authority.host = "two.test";
  EXPECT_NE(key(), one);
}

TEST_F(AffinityTest, IsTheCookieWhereTheRequestHasIt) {
  balancer.hash_on.cookie = "session";
  head.fields.add("cookie", "theme=dark; session=1");
  const uint64_t first = key();

  client.address = "192.0.2.8";
  head.fields.set("cookie", "session=1; theme=light");
  EXPECT_EQ(key(), first);
  head.fields.set("cookie", "session=2; theme=light");
  EXPECT_NE(key(), first);
}

TEST_F(AffinityTest, OfABalancerThatDoesNotHashIsNone) {
  balancer.algorithm = Algorithm::least_request;
  EXPECT_EQ(key(), 0U);
}

TEST_F(AffinityTest, OfAStickyClientIsWhatItsCookieSays) {
  head.fields.add("cookie", "quic-proxy-backend=00000000000000ab");
  EXPECT_EQ(affinity().token, 0U);

  balancer.sticky.enabled = true;
  EXPECT_EQ(affinity().token, 0xabU);
}

TEST_F(AffinityTest, IgnoresCookiesThatAreNotOurs) {
  balancer.sticky.enabled = true;
  for (const char* value :
       {"", "ab", "00000000000000aX", "00000000000000abc", "-0000000000000ab", "http://a"}) {
    head.fields.set("cookie", std::string("quic-proxy-backend=") + value);
    EXPECT_EQ(affinity().token, 0U) << value;
  }
}

TEST(StickyCookieTest, LastsAsLongAsTheBrowserByDefault) {
  http::ResponseHead head;
  add_sticky_cookie({}, 0xab, head);
  EXPECT_EQ(head.fields.find("set-cookie"),
            "quic-proxy-backend=00000000000000ab; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(StickyCookieTest, HasTheAttributesThatWereAskedFor) {
  config::Sticky sticky{.name = "shop", .ttl = std::chrono::hours(1), .path = "/cart", .secure = false};
  sticky.http_only = false;
  sticky.same_site = config::SameSite::strict;
  http::ResponseHead head;
  head.fields.add("set-cookie", "theirs=1");

  add_sticky_cookie(sticky, UINT64_MAX, head);

  ASSERT_EQ(head.fields.size(), 2U);
  EXPECT_EQ(head.fields[1].value, "shop=ffffffffffffffff; Path=/cart; Max-Age=3600; SameSite=Strict");
}

}  // namespace
}  // namespace qp::proxy
