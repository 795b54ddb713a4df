// Attempts that take too long: whose time it is, who is blamed, and whether another backend is asked.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "proxy/exchange.h"
#include "support/exchange_world.h"

namespace qp::proxy {
namespace {

using config::RetryOn;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::request_head;
using test::ScriptedStream;

class ExchangeTryTimeoutTest : public test::ExchangeWorld {
 protected:
  ExchangeTryTimeoutTest() {
    add_backend("one");
    add_backend("two");
  }
  // Its time is over: the other one is asked, and its answer is the client's.
  void expect_left_for_the_other(const ScriptedStream& slow) {
    EXPECT_EQ(slow.broken_by, http::Reason::cancelled);
    ScriptedStream& other = asked(1);
    EXPECT_NE(backend_of(slow), backend_of(other));
    other.respond(world_.blocks, 200, "");
    until_over();

    EXPECT_EQ(client_.answer->status, 200);
    EXPECT_EQ(attempts_[0].termination, "upstream_timeout");
  }
};

TEST_F(ExchangeTryTimeoutTest, ASlowBackendIsLeftForAnother) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  serve(request_head());
  ScriptedStream& slow = asked(0);
  pass(milliseconds(1999));
  ASSERT_FALSE(slow.broken_by);

  pass(milliseconds(1));

  expect_left_for_the_other(slow);
}

TEST_F(ExchangeTryTimeoutTest, ABackendIsNotSlowWhileTheClientStillSendsTheBody) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  begin(client_, request_head("PUT"));
  ScriptedStream& backend = asked(0);
  for (int i = 0; i < 5; ++i) {
    client_.receive_body(world_.blocks, "a bit");
    pass(seconds(1));
  }
  ASSERT_FALSE(backend.broken_by);
  client_.receive_end();
  turns();
  pass(milliseconds(1999));
  ASSERT_FALSE(backend.broken_by);

  pass(milliseconds(1));

  expect_left_for_the_other(backend);
}

TEST_F(ExchangeTryTimeoutTest, ABackendThatTakesALargeBodyBitByBitIsNotSlow) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  begin(client_, request_head("PUT"));
  ScriptedStream& backend = asked(0);
  backend.may_take = 0;
  client_.receive_body(world_.blocks, "a large body");
  client_.receive_end();
  turns();
  for (int i = 0; i < 5; ++i) {
    pass(milliseconds(1999));
    ASSERT_FALSE(backend.broken_by);
    backend.take(1);
    turns();
  }

  pass(seconds(2));

  expect_left_for_the_other(backend);
}

TEST_F(ExchangeTryTimeoutTest, AClientThatStopsSendingTheBodyIsBlamedAndNotItsBackend) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  config_.server.timeouts.client_body_idle = seconds(3);
  begin(client_, request_head("PUT"));
  (void)asked(0);

  pass(seconds(3));
  until_over();

  EXPECT_EQ(client_.answer->status, 408);
  EXPECT_EQ(requests(), 1u);
  EXPECT_EQ(attempts_[0].termination, "client_timeout");
}

TEST_F(ExchangeTryTimeoutTest, ASlowBackendIsWaitedForWhereNothingElseCanBeDone) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  serve(request_head("POST"));
  ScriptedStream& slow = asked(0);
  pass(seconds(10));
  ASSERT_FALSE(client_.answer || slow.broken_by);

  slow.respond(world_.blocks, 200, "at last");
  until_over();

  EXPECT_EQ(client_.text, "at last");
}

TEST_F(ExchangeTryTimeoutTest, AnAttemptThatHasAnsweredInTimeIsNotLeft) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_head(200);
  turns();

  pass(seconds(10));

  EXPECT_FALSE(backend.broken_by || client_.broken_by);
}

TEST_F(ExchangeTryTimeoutTest, TheLimitOfTheWholeRequestHoldsForAllAttemptsTogether) {
  config_.retry.on = {RetryOn::timeout};
  config_.retry.per_try_timeout = seconds(2);
  config_.server.timeouts.request = seconds(3);
  serve(request_head());
  asked(0);
  pass(seconds(2));
  asked(1);

  pass(seconds(1));

  EXPECT_EQ(client_.answer->status, 504);
  EXPECT_EQ(record_->termination, "timeout");
  EXPECT_EQ(attempts_.size(), 2u);
}

}  // namespace
}  // namespace qp::proxy
