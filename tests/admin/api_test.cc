#include "admin/api.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "support/h1_front.h"

namespace qp::admin {
namespace {

using std::chrono::seconds;

Resources echo() {
  Resources resources;
  resources.add("GET", "/echo", [](const Request& request) {
    return Response{.type = "text/plain", .body = request.parameter("say").value_or("nothing")};
  });
  resources.add("POST", "/echo", [](const Request& request) {
    return Response{.type = "text/plain", .body = std::string(request.body)};
  });
  resources.add("GET", "/long", [](const Request&) {
    return Response{.body = std::string(3 * BlockPool::kBlockBytes, 'x')};
  });
  return resources;
}

Resources echo_and_promise(std::optional<Promise>& promise) {
  Resources resources = echo();
  resources.add("GET", "/later", [&promise](const Request&, Promise made) { promise = std::move(made); });
  return resources;
}

// An API behind the server's half of HTTP/1.1, with the time that the test says.
class ApiTest : public testing::Test {
 protected:
  ~ApiTest() override {
    client_.leave();
    settle();
  }

  void settle() {
    for (int round = 0; round < 4; ++round) {
      api_.advance();
      written_ += client_.take_written();
    }
    api_.reap();
    client_.reap();
  }
  // Everything that is answered to these bytes.
  std::string talk(std::string_view text) {
    written_.clear();
    client_.receive(text);
    settle();
    return written_;
  }
  std::string pass(Duration duration) {
    written_.clear();
    turn_.now += duration;
    timers_.expire(turn_.now);
    settle();
    return written_;
  }

  Turn turn_{TimePoint(seconds(1)), WallTime(seconds(1762084800))};
  TimerQueue timers_;
  BlockPool pool_;
  std::optional<Promise> promise_;  // made at /later
  Api api_{{turn_, timers_, pool_}, echo_and_promise(promise_), "quic-proxy"};
  test::H1Front client_{api_, pool_};
  std::string written_;
};

TEST_F(ApiTest, CallsTheHandlerOfAMethodAndPath) {
  const std::string answer = talk("GET /echo?say=good%20day+all HTTP/1.1\r\nHost: localhost\r\n\r\n");

  EXPECT_EQ(answer,
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: Sun, 02 Nov 2025 12:00:00 GMT\r\n"
            "cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: 12\r\n\r\n"
            "good day all");
  EXPECT_EQ(api_.live(), 0u);
}

TEST_F(ApiTest, AnswersOneRequestAfterAnother) {
  EXPECT_TRUE(talk("GET /echo?say=one HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\none"));
  EXPECT_TRUE(talk("GET /echo?say=two HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\ntwo"));
}

TEST_F(ApiTest, AnswersHeadAsGetWithoutItsBody) {
  const std::string answer = talk("HEAD /echo?say=hello HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(answer.contains("content-length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ApiTest, HandsTheWholeBodyToItsHandler) {
  EXPECT_EQ(talk("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc"), "");
  EXPECT_TRUE(talk("def").ends_with("\r\n\r\nabcdef"));
}

TEST_F(ApiTest, AsksForABodyThatWaitsForIt) {
  const std::string asked =
      talk("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");

  EXPECT_EQ(asked, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(talk("abc").ends_with("\r\n\r\nabc"));
}

TEST_F(ApiTest, SendsAnAnswerOfManyBlocks) {
  const std::string answer = talk("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(3 * BlockPool::kBlockBytes, 'x')));
}

TEST_F(ApiTest, SaysWhatIsNotThereAndWhatElseWouldBe) {
  const std::string unknown = talk("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string wrong = talk("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string options = talk("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(unknown.starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(
      unknown.ends_with("{\"error\":\"unknown_path\",\"message\":\"there is nothing at /nowhere\"}\n"));
  EXPECT_TRUE(wrong.starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(wrong.contains("\r\nallow: OPTIONS, GET, HEAD, POST\r\n"));
  EXPECT_TRUE(wrong.contains("\"error\":\"wrong_method\""));
  EXPECT_TRUE(options.starts_with("HTTP/1.1 204 "));
  EXPECT_TRUE(options.contains("\r\nallow: OPTIONS, GET, HEAD, POST\r\n"));
}

TEST_F(ApiTest, TakesABodyOfTheLimit) {
  const std::string body(Api::kBodyBytesMax, 'b');

  const std::string answer =
      talk("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + body +
           "\r\n0\r\n\r\n");

  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
}

TEST_F(ApiTest, RefusesABodyThatIsAnnouncedOneByteTooLarge) {
  const std::string answer = talk("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(answer.contains("{\"error\":\"too_large\",\"message\":\"the body is larger than 64 KiB\"}"));
}

TEST_F(ApiTest, RefusesABodyThatTurnsOutOneByteTooLarge) {
  const std::string answer =
      talk("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" +
           std::string(Api::kBodyBytesMax + 1, 'b'));

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 "));
}

TEST_F(ApiTest, RefusesABodyThatDoesNotComeInTime) {
  talk("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");

  EXPECT_EQ(pass(Api::kBodyPatience - Duration(1)), "");
  EXPECT_TRUE(pass(Duration(1)).starts_with("HTTP/1.1 408 "));
}

TEST_F(ApiTest, RefusesWhatTheRulesOfHttpRefuse) {
  EXPECT_TRUE(talk("GET /../.. HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(ApiTest, RefusesWhatItsCodecCannotRead) {
  const std::string answer = talk("GET /echo HTTP/1.1\r\n\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(answer.contains("\"error\":\"bad_request\""));
}

TEST_F(ApiTest, ForgetsAClientThatLeaves) {
  talk("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
  ASSERT_EQ(api_.live(), 1u);

  client_.leave();
  settle();

  EXPECT_EQ(api_.live(), 0u);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(ApiTest, SendsAnAnswerThatComesLater) {
  EXPECT_EQ(talk("GET /later HTTP/1.1\r\nHost: a\r\n\r\n"), "");
  EXPECT_EQ(pass(seconds(1)), "");

  promise_->keep({.type = "text/plain", .body = "at last", .fields = {}});

  EXPECT_TRUE(pass(seconds(0)).ends_with("\r\n\r\nat last"));
  EXPECT_FALSE(promise_->is_wanted());
  EXPECT_EQ(timers_.size(), 0u);
  EXPECT_TRUE(talk("GET /echo?say=next HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("next"));
}

TEST_F(ApiTest, WaitsForAnAnswerForALimitedTime) {
  talk("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_EQ(pass(Api::kAnswerPatience - Duration(1)), "");
  const std::string answer = pass(Duration(1));

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 504 "));
  EXPECT_TRUE(answer.contains("{\"error\":\"no_answer\",\"message\":\"the answer took longer than 10 s\"}"));
  EXPECT_FALSE(promise_->is_wanted());
  promise_->keep({.body = "too late", .fields = {}});
  EXPECT_EQ(pass(seconds(0)), "");
}

TEST_F(ApiTest, SaysThatAPromiseWasNotKept) {
  talk("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");

  promise_.reset();

  EXPECT_TRUE(pass(seconds(0)).starts_with("HTTP/1.1 503 "));
}

TEST_F(ApiTest, DropsAnAnswerForAClientThatHasLeft) {
  talk("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");

  client_.leave();
  settle();

  EXPECT_EQ(api_.live(), 0u);
  EXPECT_FALSE(promise_->is_wanted());
  promise_->keep({.body = "for nobody", .fields = {}});
}

}  // namespace
}  // namespace qp::admin
