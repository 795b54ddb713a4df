#include "upstream/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/pools_world.h"
#include "support/script_backend.h"
#include "upstream/pools.h"

namespace qp::upstream {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

class CallTest : public test::PoolsWorld, public CallOwner {
 protected:
  CallTest() {
    pool = &pools.acquire(std::make_shared<Backend>(test::backend_at("collector", server.port()), nullptr));
    call.emplace(*this, *pool, world.reactor);
    world.advance = [this] {
      server.advance();
      if (!call) return;  // the world goes on behind it
      if (auto news = call->advance()) result = std::move(news);
    };
  }
  ~CallTest() override {
    call.reset();
    pools.release(*pool);
  }

  void call_changed() override { ++told; }
  void begin(std::string body, Reuse reuse = Reuse::allowed, uint64_t kept_bytes_max = 0) {
    Call::Request request;
    request.head.method = "POST";
    request.head.path = "/v1/traces";
    request.head.fields.add("content-type", "text/plain");
    request.body = std::move(body);
    request.kept_bytes_max = kept_bytes_max;
    result.reset();
    call->begin(std::move(request), reuse, world.reactor.turn.now + seconds(10));
  }
  void until_result() {
    world.until([this] { return result.has_value(); });
    EXPECT_FALSE(call->is_under_way());
  }

  test::ScriptBackend server;
  Pool* pool = nullptr;
  std::optional<Call> call;
  std::optional<Call::Result> result;
  int told = 0;
};

TEST_F(CallTest, SendsItsRequestAndTellsTheResponse) {
  server.answer = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno";

  begin("spans");
  until_result();

  EXPECT_FALSE(result->failure);
  EXPECT_EQ(result->response->status, 503);
  EXPECT_EQ(result->response->fields.find(http::Name::retry_after), "7");
  EXPECT_THAT(server.requests().at(0), StartsWith("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr("127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(server.bodies().at(0), "spans");
  EXPECT_GT(told, 0);
}

TEST_F(CallTest, SendsABodyOfManyBlocksWhole) {
  std::string body;
  for (int i = 0; i < 40'000; ++i)
    body += std::to_string(i) + ' ';

  begin(body);
  until_result();

  EXPECT_EQ(result->response->status, 200);
  EXPECT_EQ(server.bodies().at(0), body);
}

TEST_F(CallTest, UsesItsConnectionAgain) {
  for (const char* body : {"first", "second"}) {
    begin(body);
    until_result();
    EXPECT_EQ(result->response->status, 200);
    world.until([this] { return pool->idle_connections() == 1; });
  }

  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(CallTest, SaysWhyThereWasNoConnection) {
  server.stop();

  begin("spans");
  until_result();

  EXPECT_EQ(result->response, nullptr);
  EXPECT_EQ(result->failure.value().code, ErrorCode::refused);
}

TEST_F(CallTest, GivesUpAtItsDeadlineAndLeavesNothingBehind) {
  server.answer = "";
  begin("spans");
  world.until([this] { return server.requests().size() == 1; });

  world.pass(seconds(10));
  until_result();

  EXPECT_STREQ(result->failure.value().detail, "it took too long");
  world.until([this] { return pool->live_connections() == 0; });
}

TEST_F(CallTest, TakesAResponseThatBreaksOffForAFailure) {
  server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
  server.closes_after_answer = true;

  begin("spans");
  until_result();

  EXPECT_TRUE(result->failure);
  EXPECT_EQ(result->response->status, 200);
}

TEST_F(CallTest, WaitsForNoMoreOfABodyThanItsLimit) {
  server.answer =
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(Call::kBodyBytesMax, 'a');

  begin("spans");
  until_result();

  EXPECT_FALSE(result->failure);
  EXPECT_EQ(result->response->status, 200);
}

TEST_F(CallTest, KeepsAsMuchOfABodyAsWasAskedFor) {
  server.answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n0123456789";
  for (const auto& [kept_bytes_max, kept] :
       {std::pair(11U, "0123456789"), std::pair(10U, "0123456789"), std::pair(9U, "012345678")}) {
    begin("", Reuse::allowed, kept_bytes_max);
    until_result();

    EXPECT_FALSE(result->failure);
    EXPECT_EQ(result->response->status, 404);
    EXPECT_EQ(result->body, kept);
  }
}

TEST_F(CallTest, TakesABodyThatBreaksOffForAFailureWhereItIsToBeKept) {
  server.answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n01234";
  server.closes_after_answer = true;

  begin("", Reuse::allowed, 10);
  until_result();

  EXPECT_TRUE(result->failure);
  EXPECT_EQ(result->response->status, 404);
}

TEST_F(CallTest, OnlyConnectsWhereThereIsNothingToAsk) {
  call->begin(std::nullopt, Reuse::never, world.reactor.turn.now + seconds(10));
  until_result();

  EXPECT_FALSE(result->failure);
  EXPECT_EQ(result->response, nullptr);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace qp::upstream
