#include "proxy/reply.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::proxy {
namespace {

using http::Name;

constexpr uint16_t kStatuses[] = {400, 404, 405, 408, 413, 414, 417, 421,
                                  425, 431, 500, 501, 502, 503, 504, 508};

TEST(ReplyTest, IsPlainTextUnlessTheClientPrefersJson) {
  for (const char* accept :
       {"", "*/*", "text/html, */*;q=0.8", "text/plain, application/json", "image/png"}) {
    const Reply reply = make_reply({.status = 504, .method = "GET", .accept = accept});
    EXPECT_EQ(reply.head.fields.find(Name::content_type), "text/plain; charset=utf-8") << accept;
    EXPECT_EQ(reply.body.text(), "504 Gateway Timeout\n") << accept;
  }
  for (const char* accept : {"application/json", "application/json, */*;q=0.5", "application/*"}) {
    const Reply reply = make_reply({.status = 504, .method = "GET", .accept = accept});
    EXPECT_EQ(reply.head.fields.find(Name::content_type), "application/json") << accept;
    EXPECT_EQ(reply.body.text(), "{\"status\":504,\"error\":\"Gateway Timeout\"}\n") << accept;
  }
}

TEST(ReplyTest, EveryStatusWeWriteHasABodyOfTheAnnouncedLength) {
  for (const uint16_t status : kStatuses) {
    const Reply reply = make_reply({.status = status, .method = "POST", .accept = "application/json"});
    EXPECT_EQ(reply.head.status, status);
    EXPECT_NE(reason_of(status), "");
    EXPECT_GT(reply.body.size(), 20U) << status;
    EXPECT_EQ(reply.head.fields.find(Name::content_length), std::to_string(reply.body.size())) << status;
    EXPECT_EQ(reply.head.fields.find("cache-control"), "no-store");
  }
}

TEST(ReplyTest, ToHeadTheLengthIsSaidAndNothingIsSent) {
  const Reply reply = make_reply({.status = 404, .method = "HEAD"});

  EXPECT_EQ(reply.head.fields.find(Name::content_length), "14");
  EXPECT_TRUE(reply.body.empty());
}

TEST(ReplyTest, AStatusWithoutAPageIsAnsweredWithoutBody) {
  const Reply reply = make_reply({.status = 599, .method = "GET"});

  EXPECT_EQ(reply.head.status, 599);
  EXPECT_EQ(reply.head.fields.find(Name::content_length), "0");
  EXPECT_TRUE(reply.body.empty());
  EXPECT_EQ(reason_of(599), "");
}

TEST(ReplyTest, CarriesWhatItsStatusAsksFor) {
  EXPECT_EQ(make_reply({.status = 405, .method = "PUT", .allow = "GET, HEAD"}).head.fields.find("allow"),
            "GET, HEAD");
  EXPECT_EQ(make_reply({.status = 405, .method = "PUT"}).head.fields.find("allow"), "");
  EXPECT_EQ(make_reply({.status = 404, .method = "PUT", .allow = "GET"}).head.fields.find("allow"),
            std::nullopt);
  EXPECT_EQ(
      make_reply({.status = 503, .retry_after = std::chrono::seconds(7)}).head.fields.find(Name::retry_after),
      "7");
  EXPECT_FALSE(make_reply({.status = 503, .retry_after = {}}).head.fields.has(Name::retry_after));
  EXPECT_FALSE(make_reply({.status = 502}).head.fields.has(Name::retry_after));
  EXPECT_EQ(make_reply({.status = 308, .location = "/x"}).head.fields.find(Name::location), "/x");
  EXPECT_EQ(make_reply({.status = 502, .proxy_status = "p; error=e"}).head.fields.find(Name::proxy_status),
            "p; error=e");
}

}  // namespace
}  // namespace qp::proxy
