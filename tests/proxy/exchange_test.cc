// Answers of our own: what a client's wire refuses, and what the rules do before a backend is asked.
#include "proxy/exchange.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "observe/access_log.h"
#include "proxy/exchanges.h"
#include "support/line_codec.h"
#include "support/reactor_world.h"

namespace qp::proxy {
namespace {

using http::Name;

// The client's side without a wire.
class FakeStream final : public http::Stream {
 public:
  void send_head(const http::RequestHead&, http::Pipe*) override {}
  void send_head(const http::ResponseHead& head, http::Pipe* body) override {
    answer = head;
    pipe_ = body;
    pull();
  }
  void wake() override { pull(); }
  void credit(uint64_t) override {}
  void reset(http::Reason reason) override { broken_by = reason; }

  void receive(http::RequestHead head) { in.request = std::make_unique<http::RequestHead>(std::move(head)); }
  void refuse(const http::Answer& refusal) {
    in.refusal = refusal;
    tell_owner();
  }
  bool is_let_go() const { return !has_owner(); }

  std::optional<http::ResponseHead> answer;
  std::string text;
  std::optional<http::Reason> broken_by;

 private:
  void handle_detached() override { pipe_ = nullptr; }
  void pull() {
    if (pipe_ == nullptr) return;
    for (Slice slice = pipe_->take_slice(UINT32_MAX); !slice.empty(); slice = pipe_->take_slice(UINT32_MAX))
      text += slice.text();
    tell_owner();
  }

  http::Pipe* pipe_ = nullptr;
};

http::RequestHead request(std::string_view path = "/") {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "one.test";
  head.path = path;
  return head;
}

class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() {
    codecs_.settings.role = codec::Role::client;
    config_.server.name = "proxy";
    client_.version = http::Version::h1_1;
    client_.peer = &peer_;
    peer_.address = "192.0.2.7";
  }
  ~ExchangeTest() override {
    if (!client_.is_let_go()) {
      client_.in.fault = Error{ErrorCode::reset, Origin::client, "the test is over"};
      client_.refuse({});
      advance();
    }
    exchanges_->reap();
    pools_.close_all();
    for (int i = 0; i < 3; ++i)
      world_.turn();
    exchanges_.reset();
    pools_.sweep();
  }

  void serve(http::RequestHead head, std::optional<http::Answer> refusal = {}) {
    std::vector<std::shared_ptr<upstream::Backend>> backends;
    for (const config::Backend& backend : config_.backends)
      backends.push_back(std::make_shared<upstream::Backend>(backend, nullptr));
    exchanges_.emplace(
        Exchanges::Parts{world_.reactor.turn, world_.timers, world_.blocks, world_.random, pools_, {&log_}},
        make_snapshot(config_, backends, 443));
    client_.receive(std::move(head));
    client_.in.refusal = refusal;
    exchanges_->accept(client_);
    advance();
  }
  void advance() {
    for (int i = 0; i < 3 && exchanges_->is_dirty(); ++i)
      exchanges_->advance();
  }
  void add_silent_backend() {
    listener_ = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    config::Backend backend{.name = "silent"};
    backend.url.host = "127.0.0.1";
    backend.url.port = io::local_address(listener_.get())->port();
    config_.backends.push_back(backend);
  }
  std::string_view field(Name name) const { return client_.answer->fields.find(name).value_or("(none)"); }
  std::string log() const { return std::string(ring_.readable()[0]) + std::string(ring_.readable()[1]); }
  bool log_has(std::string_view text) const { return log().find(text) != std::string::npos; }

  test::ReactorWorld world_;
  test::LineCodecs codecs_;
  upstream::Pools pools_{world_.reactor, codecs_, 0};
  LogRing ring_{64 * 1024};
  observe::AccessLog log_{ring_, observe::AccessLogFormat::json};
  config::Config config_;
  io::Fd listener_;
  http::Peer peer_;
  FakeStream client_;
  std::optional<Exchanges> exchanges_;
};

TEST_F(ExchangeTest, AnswersAndLogsARequestThatItsWireRefuses) {
  http::RequestHead head = request("/long");
  head.fields.add("accept", "application/json");

  serve(std::move(head), http::Answer{431, "the head is too large"});

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
  serve({}, http::Answer{408, "the request's head took too long"});

  EXPECT_EQ(client_.answer->status, 408);
  EXPECT_EQ(field(Name::content_type), "text/plain; charset=utf-8");
  EXPECT_TRUE(log_has("\"termination\":\"client_timeout\"")) << log();
}

TEST_F(ExchangeTest, AnswersARequestWhoseBodyIsRefusedWhileABackendIsAsked) {
  add_silent_backend();
  serve(request());
  ASSERT_FALSE(client_.answer);
  ASSERT_FALSE(client_.is_let_go());

  client_.refuse({400, "the body can't be read"});
  advance();

  ASSERT_TRUE(client_.answer);
  EXPECT_EQ(client_.answer->status, 400);
  EXPECT_TRUE(client_.is_let_go());
  EXPECT_FALSE(client_.broken_by);
  EXPECT_TRUE(log_has("\"termination\":\"client_malformed\"")) << log();
}

TEST_F(ExchangeTest, AnswersOnlyOnceWhateverIsRefusedLater) {
  serve(request());  // there is no backend
  ASSERT_GE(client_.answer->status, 502);

  client_.refuse({400, "too late"});
  advance();

  EXPECT_GE(client_.answer->status, 502);
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

  EXPECT_GE(client_.answer->status, 502);  // there is no backend
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

TEST_F(ExchangeTest, SaysNothingOfHttp3ToThoseWhoSpeakIt) {
  client_.version = http::Version::h3;

  serve(request());

  EXPECT_FALSE(client_.answer->fields.has(Name::alt_svc));
  EXPECT_TRUE(client_.answer->fields.has(Name::date));
}

}  // namespace
}  // namespace qp::proxy
