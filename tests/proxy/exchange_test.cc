// Answers of our own: what a client's wire refuses, and what the rules do before a backend is asked.
#include "proxy/exchange.h"

#include <gtest/gtest.h>

#include <string>

#include "support/exchange_world.h"

namespace qp::proxy {
namespace {

using http::Name;

class ExchangeTest : public test::ExchangeWorld {
 protected:
  void serve_refused(http::RequestHead head, const http::Answer& refusal) {
    client_.in.refusal = refusal;
    begin(client_, std::move(head));
  }
};

http::RequestHead request(std::string_view path = "/") {
  return test::request_head("GET", path);
}

TEST_F(ExchangeTest, AnswersAndLogsARequestThatItsWireRefuses) {
  http::RequestHead head = request("/long");
  head.fields.add("accept", "application/json");

  serve_refused(std::move(head), {431, "the head is too large"});

  ASSERT_TRUE(client_.answer);
  EXPECT_EQ(client_.answer->status, 431);
  EXPECT_EQ(field(Name::content_type), "application/json");
  EXPECT_EQ(field(Name::proxy_status), "proxy; error=http_request_error; details=\"the head is too large\"");
  EXPECT_NE(client_.text.find("431"), std::string::npos);
  EXPECT_TRUE(client_.is_let_go());
  EXPECT_TRUE(log_has("\"path\":\"/long\"")) << log();
  EXPECT_TRUE(log_has("\"status\":431")) << log();
  EXPECT_TRUE(log_has("\"termination\":\"too_large\"")) << log();
}

TEST_F(ExchangeTest, AnswersARequestOfWhichNothingCouldBeRead) {
  serve_refused({}, {408, "the request's head took too long"});

  EXPECT_EQ(client_.answer->status, 408);
  EXPECT_EQ(field(Name::content_type), "text/plain; charset=utf-8");
  EXPECT_TRUE(log_has("\"termination\":\"client_timeout\"")) << log();
}

TEST_F(ExchangeTest, AnswersARequestWhoseBodyIsRefusedWhileABackendIsAsked) {
  add_backend("silent");
  begin(client_, request());
  ASSERT_FALSE(client_.answer);
  ASSERT_FALSE(client_.is_let_go());

  client_.refuse({400, "the body can't be read"});
  turns();

  ASSERT_TRUE(client_.answer);
  EXPECT_EQ(client_.answer->status, 400);
  EXPECT_TRUE(client_.is_let_go());
  EXPECT_FALSE(client_.broken_by);
  EXPECT_TRUE(log_has("\"termination\":\"client_malformed\"")) << log();
}

TEST_F(ExchangeTest, AnswersOnlyOnceWhateverIsRefusedLater) {
  serve(request());  // there is no backend
  ASSERT_EQ(client_.answer->status, 503);

  client_.refuse({400, "too late"});
  turns();

  EXPECT_EQ(client_.answer->status, 503);
  EXPECT_FALSE(client_.broken_by);
}

TEST_F(ExchangeTest, AnswersMisdirectedRequestsWith421) {
  const std::vector<std::string> names{"one.test", "two.test"};
  peer_.is_encrypted = true;
  peer_.server_name = "one.test";
  peer_.certificate_names = names;
  http::RequestHead head = request();
  head.authority = "three.test";

  serve(std::move(head));

  EXPECT_EQ(client_.answer->status, 421);
  EXPECT_TRUE(field(Name::proxy_status).starts_with("proxy; error=http_request_error; details="));
  EXPECT_TRUE(log_has("\"status\":421")) << log();
}

TEST_F(ExchangeTest, ServesWhatTheCertificateStandsFor) {
  const std::vector<std::string> names{"one.test", "two.test"};
  peer_.is_encrypted = true;
  peer_.server_name = "one.test";
  peer_.certificate_names = names;
  http::RequestHead head = request();
  head.authority = "two.test";

  serve(std::move(head));

  EXPECT_EQ(client_.answer->status, 503);  // there is no backend
}

TEST_F(ExchangeTest, DatesItsRedirectsAndSaysWhereHttp3Is) {
  config_.routes.push_back(
      {.name = "moved", .redirect = config::Redirect{.to = "https://{host}{uri}", .status = 308}});

  serve(request("/a?b"));

  EXPECT_EQ(client_.answer->status, 308);
  EXPECT_EQ(field(Name::location), "https://one.test/a?b");
  EXPECT_EQ(client_.answer->fields.count(Name::date), 1u);
  EXPECT_EQ(field(Name::alt_svc), "h3=\":443\"; ma=86400");
}

TEST_F(ExchangeTest, AnswersAtOnceWhereThereIsNobodyToAsk) {
  serve(request());

  ASSERT_TRUE(client_.answer);
  EXPECT_EQ(client_.answer->status, 503);
  EXPECT_EQ(field(Name::retry_after), "1");
  EXPECT_EQ(field(Name::proxy_status),
            "proxy; error=destination_unavailable; details=\"no backend is in service\"");
  EXPECT_EQ(record_->termination, "no_backend");
  EXPECT_TRUE(attempts_.empty());
}

TEST_F(ExchangeTest, SaysNothingOfHttp3ToThoseWhoSpeakIt) {
  client_.version = http::Version::h3;

  serve(request());

  EXPECT_FALSE(client_.answer->fields.has(Name::alt_svc));
  EXPECT_TRUE(client_.answer->fields.has(Name::date));
}

}  // namespace
}  // namespace qp::proxy
