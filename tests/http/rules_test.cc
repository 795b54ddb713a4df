#include "http/rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qp::http {
namespace {

const std::vector<std::string> kNames{"example.com", "*.Wild.example", "[::1]"};

Peer tls_peer(const std::string& server_name) {
  Peer peer;
  peer.address = "192.0.2.7";
  peer.is_encrypted = true;
  peer.server_name = server_name;
  peer.certificate_names = kNames;
  return peer;
}

class RequestRulesTest : public testing::Test {
 protected:
  // The status of our own answer, 0 where the request goes on.
  uint16_t answer() const {
    const auto target = check_request(head_, facts_, "proxy");
    return target ? uint16_t{0} : target.error().status;
  }
  void prepare() { prepare_request(head_, facts_, client_of(head_.fields, peer_, {}), "proxy"); }

  const Peer peer_ = tls_peer("example.com");
  RequestFacts facts_{.version = Version::h3, .peer = peer_};
  RequestHead head_{.method = "GET",
                    .scheme = "https",
                    .authority = "Example.com:443",
                    .path = "/a/../b?q",
                    .protocol = "",
                    .fields = {}};
};

TEST_F(RequestRulesTest, AGoodRequestShowsItsTarget) {
  const auto target = check_request(head_, facts_, "proxy");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority.host, "example.com");
  EXPECT_EQ(target->authority.port, 443);
  EXPECT_EQ(target->path, "/b");
}

TEST_F(RequestRulesTest, CheckingAndPreparingLeaveThePathAsReceived) {
  prepare();

  EXPECT_EQ(head_.path, "/a/../b?q");
}

TEST_F(RequestRulesTest, TunnelsAndTraceAreNotOffered) {
  head_.method = "CONNECT";
  EXPECT_EQ(answer(), 501);
  head_.protocol = "websocket";
  EXPECT_EQ(answer(), 501);
  head_.protocol.clear();
  head_.method = "TRACE";
  EXPECT_EQ(answer(), 501);
  head_.method = "trace";
  EXPECT_EQ(answer(), 0) << "methods are case-sensitive; this is one the backend may know";
}

TEST_F(RequestRulesTest, TheAuthorityMustBeOne) {
  head_.authority = "user@example.com";
  EXPECT_EQ(answer(), 400);
}

TEST_F(RequestRulesTest, OnlyHttp10MayNameNoHost) {
  head_.authority.clear();
  EXPECT_EQ(answer(), 400);
  facts_.version = Version::h1_1;
  EXPECT_EQ(answer(), 400);
  facts_.version = Version::h1_0;
  EXPECT_EQ(answer(), 0);
}

TEST_F(RequestRulesTest, ThePathMustBeReadable) {
  for (const char* path : {"", "a", "/..", "/%zz", "/a b", "/a?b c", "/a?b#c", "/a?\n", "*"}) {
    head_.path = path;
    EXPECT_EQ(answer(), 400) << path;
  }
}

TEST_F(RequestRulesTest, AsteriskIsForOptionsOnly) {
  head_.path = "*";
  head_.method = "OPTIONS";
  const auto target = check_request(head_, facts_, "proxy");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "*");
}

TEST_F(RequestRulesTest, TheSchemeMustBeHttp) {
  head_.scheme = "ftp";
  EXPECT_EQ(answer(), 400);
  head_.scheme = "http";
  EXPECT_EQ(answer(), 0);
}

TEST_F(RequestRulesTest, AnUnreadableContentLengthIsRefused) {
  head_.fields.add("content-length", "5");
  EXPECT_EQ(answer(), 0);
  head_.fields.add("content-length", "5");
  EXPECT_EQ(answer(), 400);
}

TEST_F(RequestRulesTest, EarlyDataCarriesSafeMethodsOnlyAndIsMarked) {
  facts_.is_early_data = true;
  EXPECT_EQ(answer(), 0);
  head_.method = "POST";
  EXPECT_EQ(answer(), 425);

  prepare();
  EXPECT_EQ(head_.fields.find(Name::early_data), "1");
}

TEST_F(RequestRulesTest, OfExpectationsOnlyContinueIsKnown) {
  head_.fields.add("expect", "100-Continue");
  EXPECT_EQ(answer(), 0);
  EXPECT_TRUE(expects_continue(head_, Version::h3));
  head_.fields.set("expect", "200-ok");
  EXPECT_EQ(answer(), 417);
  EXPECT_FALSE(expects_continue(head_, Version::h3));
  head_.fields.set("expect", "100-continue");
  head_.fields.add("expect", "100-continue");
  EXPECT_EQ(answer(), 417);
}

TEST_F(RequestRulesTest, AnHttp10ClientCannotExpectAnything) {
  facts_.version = Version::h1_0;
  head_.fields.add("expect", "100-continue");
  EXPECT_FALSE(expects_continue(head_, Version::h1_0));
  prepare();
  EXPECT_FALSE(head_.fields.has(Name::expect));

  head_.fields.add("expect", "anything");
  EXPECT_EQ(answer(), 0);
}

TEST_F(RequestRulesTest, ContinueIsForTheBackendToGive) {
  head_.fields.add("expect", "100-continue");
  prepare();
  EXPECT_EQ(head_.fields.find(Name::expect), "100-continue");
}

TEST_F(RequestRulesTest, MaxForwardsCountsDownForOptions) {
  head_.method = "OPTIONS";
  head_.fields.add("max-forwards", "3");
  EXPECT_EQ(answer(), 0);
  prepare();
  EXPECT_EQ(head_.fields.find(Name::max_forwards), "2");
}

TEST_F(RequestRulesTest, OptionsWithNoHopsLeftIsAnsweredHere) {
  head_.method = "OPTIONS";
  head_.fields.add("max-forwards", "0");
  EXPECT_EQ(answer(), 200);
}

TEST_F(RequestRulesTest, MaxForwardsMeansNothingForOtherMethodsOrOtherTexts) {
  head_.fields.add("max-forwards", "0");
  EXPECT_EQ(answer(), 0);
  prepare();
  EXPECT_EQ(head_.fields.find(Name::max_forwards), "0");

  head_.method = "OPTIONS";
  for (const char* value : {"", "x", "-1", "1x", "99999999999"}) {
    head_.fields.set("max-forwards", value);
    EXPECT_EQ(answer(), 0) << value;
  }
}

TEST_F(RequestRulesTest, ALoopEndsOnePastItsLimit) {
  for (size_t i = 1; i < kViaHopsMax; ++i)
    append_via(head_.fields, Version::h1_1, "proxy");
  EXPECT_EQ(answer(), 0);
  append_via(head_.fields, Version::h1_1, "proxy");
  EXPECT_EQ(answer(), 508);
}

TEST_F(RequestRulesTest, APreparedRequestAsksForNoOtherProtocolAndNamesItsWay) {
  head_.protocol = "websocket";
  head_.fields.add("x-end", "2");
  head_.fields.add("te", "trailers");
  head_.fields.add("via", "2 edge");

  prepare();

  EXPECT_EQ(head_.protocol, "");
  EXPECT_EQ(head_.fields.find("x-end"), "2");
  EXPECT_EQ(head_.fields.find(Name::te), "trailers");
  EXPECT_EQ(head_.fields.find(Name::via), "2 edge, 3 proxy");
  EXPECT_EQ(head_.fields.find(Name::x_forwarded_for), "192.0.2.7");
}

class ResponseRulesTest : public testing::Test {
 protected:
  ResponseFacts facts_{.received = Version::h1_1,
                       .client = Version::h1_1,
                       .pseudonym = "proxy",
                       .date = "Sun, 06 Nov 1994 08:49:37 GMT",
                       .alt_svc = "h3=\":443\"; ma=86400"};
  ResponseHead head_{.status = 200, .fields = {}};
};

TEST_F(ResponseRulesTest, APreparedResponseNamesItsWay) {
  head_.fields.add("te", "trailers");  // of use in requests only
  head_.fields.add("server", "backend");

  prepare_response(head_, facts_);

  EXPECT_FALSE(head_.fields.has(Name::te));
  EXPECT_EQ(head_.fields.find(Name::server), "backend");
  EXPECT_EQ(head_.fields.find(Name::via), "1.1 proxy");
}

TEST_F(ResponseRulesTest, ADateIsAddedOnlyWhereItIsMissing) {
  prepare_response(head_, facts_);
  EXPECT_EQ(head_.fields.find(Name::date), "Sun, 06 Nov 1994 08:49:37 GMT");

  head_.fields.set(Name::date, "Thu, 01 Jan 1970 00:00:00 GMT");
  prepare_response(head_, facts_);
  EXPECT_EQ(head_.fields.find(Name::date), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(head_.fields.count(Name::date), 1U);
}

TEST_F(ResponseRulesTest, AltSvcIsOursOnTcpAndNobodysOnQuic) {
  head_.fields.add("alt-svc", "h2=\"backend:1\"");
  prepare_response(head_, facts_);
  EXPECT_EQ(head_.fields.count(Name::alt_svc), 1U);
  EXPECT_EQ(head_.fields.find(Name::alt_svc), "h3=\":443\"; ma=86400");

  facts_.client = Version::h3;
  prepare_response(head_, facts_);
  EXPECT_FALSE(head_.fields.has(Name::alt_svc));
}

TEST_F(ResponseRulesTest, WithoutAnAltSvcOfOursNoneIsSent) {
  facts_.alt_svc = "";
  head_.fields.add("alt-svc", "clear");
  prepare_response(head_, facts_);
  EXPECT_FALSE(head_.fields.has(Name::alt_svc));
}

TEST_F(ResponseRulesTest, ContentLengthStaysExceptWith204) {
  head_.fields.add("content-length", "5");
  prepare_response(head_, facts_);
  EXPECT_TRUE(head_.fields.has(Name::content_length));
  head_.status = 304;
  prepare_response(head_, facts_);
  EXPECT_TRUE(head_.fields.has(Name::content_length));
  head_.status = 204;
  prepare_response(head_, facts_);
  EXPECT_FALSE(head_.fields.has(Name::content_length));
}

TEST_F(ResponseRulesTest, InterimHeadsGoOnWithWhatMakesSenseInThem) {
  ResponseHead hints{.status = 103, .fields = {}};
  hints.fields.add("link", "</style.css>; rel=preload");
  hints.fields.add("te", "trailers");
  hints.fields.add("content-length", "0");

  EXPECT_TRUE(prepare_interim(hints, facts_));
  ASSERT_EQ(hints.fields.size(), 1U);
  EXPECT_EQ(hints.fields[0].name, "link");
}

TEST_F(ResponseRulesTest, InterimHeadsAreNotForHttp10AndNeverSwitchProtocols) {
  ResponseHead interim{.status = 100, .fields = {}};
  facts_.client = Version::h1_0;
  EXPECT_FALSE(prepare_interim(interim, facts_));

  facts_.client = Version::h1_1;
  EXPECT_TRUE(prepare_interim(interim, facts_));
  interim.status = 101;
  EXPECT_FALSE(prepare_interim(interim, facts_));
}

TEST(MisdirectedTest, ACertificateCoversItsNamesAndOneLabelForItsStar) {
  EXPECT_TRUE(covers(kNames, "example.com"));
  EXPECT_TRUE(covers(kNames, "a.wild.example"));
  EXPECT_TRUE(covers(kNames, "[::1]"));
  EXPECT_FALSE(covers(kNames, "a.example.com"));
  EXPECT_FALSE(covers(kNames, "wild.example"));
  EXPECT_FALSE(covers(kNames, ".wild.example"));
  EXPECT_FALSE(covers(kNames, "a.b.wild.example"));
  EXPECT_FALSE(covers(kNames, "other.example"));
  EXPECT_FALSE(covers(kNames, "example"));
}

TEST(MisdirectedTest, AnotherNameThanTheOneItCameToMustBeCovered) {
  const Peer peer = tls_peer("example.com");

  EXPECT_FALSE(is_misdirected(peer, {.host = "example.com", .port = 0}));
  EXPECT_FALSE(is_misdirected(peer, {.host = "a.wild.example", .port = 443}));
  EXPECT_TRUE(is_misdirected(peer, {.host = "other.example", .port = 0}));
}

TEST(MisdirectedTest, WhoeverAcceptedAWrongCertificateForANameMayAskForThatName) {
  EXPECT_FALSE(is_misdirected(tls_peer("uncovered.example"), {.host = "uncovered.example", .port = 0}));
}

TEST(MisdirectedTest, WithoutSniOrTlsNobodyIsMisdirected) {
  EXPECT_FALSE(is_misdirected(tls_peer(""), {.host = "other.example", .port = 0}));
  EXPECT_FALSE(is_misdirected(tls_peer("example.com"), {.host = "", .port = 0}));  // HTTP/1.0 without Host
  Peer plain = tls_peer("example.com");
  plain.is_encrypted = false;
  EXPECT_FALSE(is_misdirected(plain, {.host = "other.example", .port = 0}));
}

}  // namespace
}  // namespace qp::http
