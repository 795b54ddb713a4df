#include "http/forwarding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qp::http {
namespace {

Network network(const char* text, uint8_t bits) {
  const Address address = Address::parse(text, 0).value();
  const auto prefix = static_cast<uint8_t>(address.is_v6() ? bits : bits + 96);
  return {.address = mapped_bytes(address), .prefix_bits = prefix};
}

Peer peer_at(const std::string& address, bool is_encrypted = true) {
  Peer peer;
  peer.address = address;
  peer.is_encrypted = is_encrypted;
  return peer;
}

class ForwardingTest : public testing::Test {
 protected:
  // The head as it leaves for the backend.
  RequestHead sent(const Peer& peer) {
    RequestHead head = received_;
    set_forwarding_fields(head, client_of(head.fields, peer, trusted_), peer);
    return head;
  }
  Client client(const Peer& peer) const { return client_of(received_.fields, peer, trusted_); }

  RequestHead received_{.method = "GET",
                        .scheme = "https",
                        .authority = "example.com",
                        .path = "/",
                        .protocol = "",
                        .fields = {}};
  const std::vector<Network> trusted_{network("10.0.0.0", 8), network("fd00::", 8)};
  const Peer stranger_ = peer_at("192.0.2.7");
  const Peer proxy_ = peer_at("10.1.2.3");
};

TEST_F(ForwardingTest, TellsTheBackendWhoAsked) {
  const RequestHead head = sent(stranger_);

  EXPECT_EQ(head.fields.find(Name::x_forwarded_for), "192.0.2.7");
  EXPECT_EQ(head.fields.find(Name::x_forwarded_proto), "https");
  EXPECT_EQ(head.fields.find(Name::x_forwarded_host), "example.com");
  EXPECT_EQ(head.fields.find(Name::x_real_ip), "192.0.2.7");
  EXPECT_EQ(head.fields.find(Name::forwarded), "for=192.0.2.7;host=example.com;proto=https");
  EXPECT_EQ(head.fields.size(), 5U);
}

TEST_F(ForwardingTest, SaysHttpForAPlainConnectionWhateverTheScheme) {
  const RequestHead head = sent(peer_at("192.0.2.7", false));

  EXPECT_EQ(head.fields.find(Name::x_forwarded_proto), "http");
}

TEST_F(ForwardingTest, WhatAStrangerSaysOfTheClientIsReplaced) {
  for (const char* name :
       {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"}) {
    received_.fields.add(name, "lie");
    received_.fields.add(name, "second lie");
  }
  for (const char* name :
       {"Early-Data", "X-Forwarded-Port", "X_Forwarded_For", "x-real_ip", "early_data", "X-Forwarded-User"}) {
    received_.fields.add(name, "lie");
  }

  const RequestHead head = sent(stranger_);

  EXPECT_EQ(head.fields.size(), 5U);
  for (size_t i = 0; i < head.fields.size(); ++i)
    EXPECT_FALSE(head.fields[i].value.contains("lie"));
}

TEST_F(ForwardingTest, WhatATrustedProxySaysIsKeptAndContinued) {
  received_.fields.add("X-Forwarded-For", "198.51.100.9");
  received_.fields.add("X-Forwarded-For", "10.9.9.9");
  received_.fields.add("X-Forwarded-Proto", "http");
  received_.fields.add("X-Forwarded-Host", "public.example");
  received_.fields.add("Forwarded", "for=198.51.100.9");
  received_.fields.add("Early-Data", "1");
  received_.fields.add("X-Forwarded-Port", "8443");

  const RequestHead head = sent(proxy_);

  EXPECT_EQ(head.fields.find(Name::x_forwarded_for), "198.51.100.9, 10.9.9.9, 10.1.2.3");
  EXPECT_EQ(head.fields.count(Name::x_forwarded_for), 1U);
  EXPECT_EQ(head.fields.find(Name::x_forwarded_proto), "http");
  EXPECT_EQ(head.fields.find(Name::x_forwarded_host), "public.example");
  EXPECT_EQ(head.fields.find(Name::forwarded), "for=198.51.100.9, for=10.1.2.3;host=example.com;proto=https");
  EXPECT_EQ(head.fields.find(Name::x_real_ip), "198.51.100.9");
  EXPECT_EQ(head.fields.find(Name::early_data), "1");
  EXPECT_EQ(head.fields.find("x-forwarded-port"), "8443");
}

TEST_F(ForwardingTest, ForwardedQuotesWhatIsNoToken) {
  received_.authority = "example.com:8443";
  EXPECT_EQ(sent(peer_at("2001:db8::1")).fields.find(Name::forwarded),
            "for=\"[2001:db8::1]\";host=\"example.com:8443\";proto=https");

  received_.authority = "a\"b\\c";
  EXPECT_EQ(sent(stranger_).fields.find(Name::forwarded), "for=192.0.2.7;host=\"a\\\"b\\\\c\";proto=https");
}

TEST_F(ForwardingTest, WithoutAHostNoneIsForwarded) {
  received_.authority.clear();
  const RequestHead head = sent(stranger_);

  EXPECT_FALSE(head.fields.has(Name::x_forwarded_host));
  EXPECT_EQ(head.fields.find(Name::forwarded), "for=192.0.2.7;proto=https");
}

TEST_F(ForwardingTest, TheClientIsTheFirstAddressFromTheRightThatIsNoTrustedProxy) {
  struct Case {
    const char* chain;
    const char* client;
  };
  const Case cases[] = {
      {"198.51.100.9", "198.51.100.9"},
      {"203.0.113.1, 198.51.100.9", "198.51.100.9"},
      {"203.0.113.1, 198.51.100.9, 10.0.0.2", "198.51.100.9"},
      {"203.0.113.1,10.0.0.1,10.0.0.2", "203.0.113.1"},
      {"10.0.0.1, 10.0.0.2", "10.0.0.1"},
      {"198.51.100.9:4711", "198.51.100.9"},
      {"[2001:db8::9]:4711", "2001:db8::9"},
      {"[2001:db8::9]", "2001:db8::9"},
      {"2001:db8::9, fd00::1", "2001:db8::9"},
      {"::ffff:198.51.100.9", "198.51.100.9"},
      {"198.51.100.9, ::ffff:10.0.0.1", "198.51.100.9"},
      {"198.51.100.9, unknown", "10.1.2.3"},
      {"198.51.100.9, unknown, 10.0.0.5", "10.0.0.5"},
      {"198.51.100.9, , 10.0.0.5", "10.0.0.5"},
      {"", "10.1.2.3"},
  };
  for (const auto& [chain, expected] : cases) {
    received_.fields.set("x-forwarded-for", chain);
    EXPECT_EQ(client(proxy_).address, expected) << chain;
  }
}

TEST_F(ForwardingTest, TheChainMayBeSpreadOverSeveralFields) {
  received_.fields.add("x-forwarded-for", "203.0.113.1");
  received_.fields.add("x-other", "10.0.0.9");
  received_.fields.add("x-forwarded-for", "198.51.100.9, 10.0.0.1");
  received_.fields.add("x-forwarded-for", "10.0.0.2");

  EXPECT_EQ(client(proxy_).address, "198.51.100.9");
}

TEST_F(ForwardingTest, AStrangersChainAndSchemeAreNotBelieved) {
  received_.fields.add("x-forwarded-for", "203.0.113.1");
  received_.fields.add("x-forwarded-proto", "http");

  EXPECT_EQ(client(stranger_).address, "192.0.2.7");
  EXPECT_EQ(client(stranger_).scheme, "https");
  EXPECT_FALSE(client(stranger_).is_behind_trusted);
}

TEST_F(ForwardingTest, TheSchemeIsTheOneTheTrustedProxyWasAskedBy) {
  received_.fields.add("x-forwarded-proto", "HTTPS");
  EXPECT_EQ(client(peer_at("10.0.0.1", false)).scheme, "https");

  received_.fields.set("x-forwarded-proto", "gopher");
  EXPECT_EQ(client(peer_at("10.0.0.1", false)).scheme, "http");
}

TEST_F(ForwardingTest, TrustEndsOnePastTheNetwork) {
  EXPECT_TRUE(client(peer_at("10.255.255.255")).is_behind_trusted);
  EXPECT_FALSE(client(peer_at("11.0.0.0")).is_behind_trusted);
  EXPECT_TRUE(client(peer_at("fdff::1")).is_behind_trusted);
  EXPECT_FALSE(client(peer_at("fe00::1")).is_behind_trusted);
}

TEST(ViaTest, NamesTheVersionAMessageCameInBy) {
  Headers fields;
  append_via(fields, Version::h1_0, "a");
  append_via(fields, Version::h1_1, "b");
  append_via(fields, Version::h2, "c");
  append_via(fields, Version::h3, "d");

  EXPECT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields.find(Name::via), "1.0 a, 1.1 b, 2 c, 3 d");
}

TEST(ViaTest, CountsOwnHopsOnly) {
  Headers fields;
  fields.add("via", "1.1 quic-proxy, 1.1 quic-proxy2, 3 quic-proxy (comment), quic-proxy");
  fields.add("via", "HTTP/1.1 \t quic-proxy");

  EXPECT_EQ(count_via(fields, "quic-proxy"), 3U);
}

}  // namespace
}  // namespace qp::http
