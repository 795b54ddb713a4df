// A request on its way through an exchange: what each side is told, and what becomes of it when one of them
// ends early or is slow.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "proxy/exchange.h"
#include "support/exchange_world.h"

namespace qp::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::request_head;
using test::ScriptedStream;

class ExchangeLifeTest : public test::ExchangeWorld {
 protected:
  ExchangeLifeTest() { add_backend("one"); }
};

TEST_F(ExchangeLifeTest, CarriesRequestAndResponse) {
  begin(client_, request_head("POST", "/a?b"));
  client_.receive_body(world_.blocks, "question");
  client_.receive_end();
  ScriptedStream& backend = asked(0);
  turns();
  EXPECT_EQ(backend.request->path, "/a?b");
  EXPECT_EQ(backend.text, "question");
  EXPECT_TRUE(backend.is_whole);

  backend.respond(world_.blocks, 200, "answer");
  until_over();

  EXPECT_EQ(client_.answer->status, 200);
  EXPECT_EQ(client_.text, "answer");
  EXPECT_TRUE(client_.is_let_go() && !client_.broken_by && !backend.broken_by);
  EXPECT_EQ(record_->termination, "ok");
  EXPECT_EQ(record_->bytes_in, 8u);
  EXPECT_EQ(record_->bytes_out, 6u);
  ASSERT_EQ(attempts_.size(), 1u);
  EXPECT_EQ(attempts_[0].backend, "one");
  EXPECT_EQ(attempts_[0].status, 200);
  EXPECT_EQ(attempts_[0].termination, "");
  EXPECT_EQ(attempts_[0].bytes_out, 8u);
  EXPECT_EQ(attempts_[0].bytes_in, 6u);
  EXPECT_FALSE(attempts_[0].is_reused);
}

TEST_F(ExchangeLifeTest, TellsWhenEachStepOfAnAttemptCame) {
  const TimePoint began = world_.reactor.turn.now;
  serve(request_head());
  ScriptedStream& backend = asked(0);
  pass(milliseconds(20));
  backend.receive_head(200);
  turns();
  pass(milliseconds(5));
  backend.receive_end();
  until_over();

  EXPECT_EQ(record_->began, began);
  EXPECT_EQ(record_->first_byte, began + milliseconds(20));
  EXPECT_EQ(record_->ended, began + milliseconds(25));
  EXPECT_EQ(attempts_[0].began, began);
  EXPECT_EQ(attempts_[0].connected, began);
  EXPECT_EQ(attempts_[0].first_byte, began + milliseconds(20));
  EXPECT_EQ(attempts_[0].ended, began + milliseconds(25));
}

TEST_F(ExchangeLifeTest, SendsInterimResponsesOnBeforeTheFinalOne) {
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_interim(103);
  backend.receive_interim(103);
  turns();
  EXPECT_EQ(client_.interim, (std::vector<uint16_t>{103, 103}));
  EXPECT_FALSE(client_.answer);

  backend.respond(world_.blocks, 200, "");
  until_over();

  EXPECT_EQ(client_.answer->status, 200);
}

TEST_F(ExchangeLifeTest, InterimResponsesGiveABackendNoMoreTime) {
  config_.server.timeouts.response_header = seconds(10);
  serve(request_head());
  ScriptedStream& backend = asked(0);
  for (int i = 0; i < 9; ++i) {
    pass(seconds(1));
    backend.receive_interim(103);
    turns();
  }
  ASSERT_FALSE(client_.answer);

  pass(seconds(1));

  EXPECT_EQ(client_.answer->status, 504);
}

TEST_F(ExchangeLifeTest, AnAnswerBeforeTheRequestIsWholeGoesToTheClient) {
  begin(client_, request_head("POST"));
  client_.receive_body(world_.blocks, "half");
  ScriptedStream& backend = asked(0);

  backend.respond(world_.blocks, 403, "no");
  until_over();

  EXPECT_EQ(client_.answer->status, 403);
  EXPECT_EQ(client_.text, "no");
  EXPECT_FALSE(client_.broken_by);
  EXPECT_TRUE(backend.broken_by) << "the rest of the request would go nowhere";
  EXPECT_EQ(record_->termination, "ok");
}

TEST_F(ExchangeLifeTest, AnAnswerWithTheEndOfTheConnectionBehindItCounts) {
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.respond(world_.blocks, 200, "whole");
  backend.break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.text, "whole");
  EXPECT_EQ(record_->termination, "ok");
}

TEST_F(ExchangeLifeTest, ABodyThatIsCutIsBrokenOffAndNeverEnded) {
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_head(200);
  backend.receive_body(world_.blocks, "hal");
  turns();
  backend.break_off(ErrorCode::closed, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.text, "hal");
  EXPECT_FALSE(client_.is_whole);
  EXPECT_EQ(client_.broken_by, http::Reason::internal);
  EXPECT_EQ(record_->termination, "upstream_closed");
  EXPECT_EQ(attempts_[0].status, 200);
  EXPECT_EQ(attempts_[0].termination, "upstream_closed");
}

TEST_F(ExchangeLifeTest, GarbageAndCutHeadsAre502) {
  const std::pair<ErrorCode, std::string_view> cases[] = {{ErrorCode::malformed, "upstream_malformed"},
                                                          {ErrorCode::closed, "upstream_closed"},
                                                          {ErrorCode::too_large, "upstream_too_large"}};
  for (size_t i = 0; i < std::size(cases); ++i) {
    record_.reset();
    ScriptedStream& client = add_client();
    begin(client, request_head("POST"));
    client.receive_end();

    asked(i).break_off(cases[i].first, Origin::upstream);
    until_over();

    EXPECT_EQ(client.answer->status, 502);
    EXPECT_EQ(record_->termination, cases[i].second);
    EXPECT_EQ(attempts_.size(), 1u);
  }
}

// ---- the client goes

TEST_F(ExchangeLifeTest, AClientThatLeavesBeforeTheConnectionIsThereLeavesNothingBehind) {
  begin(client_, request_head());

  client_.break_off(ErrorCode::reset, Origin::client);
  turns();

  EXPECT_TRUE(client_.is_let_go());
  EXPECT_EQ(exchanges_->live(), 0u);
  EXPECT_EQ(record_->status, 499);
  EXPECT_EQ(record_->termination, "client_reset");
}

TEST_F(ExchangeLifeTest, AClientThatLeavesWhileItWaitsIsLeftByUsToo) {
  serve(request_head());
  ScriptedStream& backend = asked(0);

  client_.break_off(ErrorCode::reset, Origin::client);
  turns();

  EXPECT_EQ(backend.broken_by, http::Reason::cancelled);
  EXPECT_EQ(attempts_[0].termination, "client_reset");
  EXPECT_EQ(exchanges_->live(), 0u);
}

TEST_F(ExchangeLifeTest, AClientThatLeavesInTheBodyKeepsTheStatusItWasSent) {
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_head(200);
  backend.receive_body(world_.blocks, "some");
  turns();

  client_.break_off(ErrorCode::reset, Origin::client);
  turns();

  EXPECT_EQ(record_->status, 200);
  EXPECT_EQ(record_->termination, "client_reset");
  EXPECT_EQ(backend.broken_by, http::Reason::cancelled);
}

TEST_F(ExchangeLifeTest, AClientThatLeavesDuringOurOwnReplyIsForgotten) {
  config_.backends.clear();
  client_.may_take = 0;
  serve(request_head());
  ASSERT_EQ(client_.answer->status, 503);
  ASSERT_FALSE(client_.is_let_go());

  client_.break_off(ErrorCode::reset, Origin::client);
  turns();

  EXPECT_EQ(exchanges_->live(), 0u);
  EXPECT_EQ(record_->status, 503);
}

// ---- somebody is slow

TEST_F(ExchangeLifeTest, AClientWhoseBodyStaysAwayIs408) {
  config_.server.timeouts.client_body_idle = seconds(30);
  begin(client_, request_head("POST"));
  client_.receive_body(world_.blocks, "half");
  ScriptedStream& backend = asked(0);
  turns();
  pass(seconds(29));
  ASSERT_FALSE(client_.answer);

  pass(seconds(1));

  EXPECT_EQ(client_.answer->status, 408);
  EXPECT_TRUE(backend.broken_by);
  EXPECT_EQ(record_->termination, "client_timeout");
}

TEST_F(ExchangeLifeTest, ABackendThatSaysNothingIs504) {
  config_.server.timeouts.response_header = seconds(60);
  serve(request_head());
  asked(0);
  pass(seconds(59));
  ASSERT_FALSE(client_.answer);

  pass(seconds(1));

  EXPECT_EQ(client_.answer->status, 504);
  EXPECT_EQ(record_->termination, "upstream_timeout");
  EXPECT_EQ(attempts_[0].termination, "upstream_timeout");
}

TEST_F(ExchangeLifeTest, ABackendThatHangsInTheBodyIsBrokenOff) {
  config_.server.timeouts.response_idle = seconds(60);
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_head(200);
  turns();
  pass(seconds(50));
  backend.receive_body(world_.blocks, "part");
  turns();
  pass(seconds(59));
  ASSERT_FALSE(client_.broken_by) << "a step forward gives it the whole time again";

  pass(seconds(1));

  EXPECT_EQ(client_.broken_by, http::Reason::internal);
  EXPECT_EQ(record_->termination, "upstream_timeout");
}

TEST_F(ExchangeLifeTest, AClientThatTakesNothingIsBrokenOff) {
  config_.server.timeouts.client_write_idle = seconds(60);
  client_.may_take = 1;
  serve(request_head());
  asked(0).respond(world_.blocks, 200, "answer");
  turns();
  pass(seconds(59));
  ASSERT_FALSE(client_.broken_by);

  pass(seconds(1));

  EXPECT_EQ(client_.broken_by, http::Reason::cancelled);
  EXPECT_EQ(record_->termination, "client_timeout");
}

TEST_F(ExchangeLifeTest, TheWholeRequestMayHaveALimitToo) {
  config_.server.timeouts.request = seconds(5);
  serve(request_head());
  asked(0);

  pass(seconds(5));

  EXPECT_EQ(client_.answer->status, 504);
  EXPECT_EQ(record_->termination, "timeout");
}

TEST_F(ExchangeLifeTest, ABodyThatIsTooLargeIs413WhileThatCanBeSaid) {
  config_.server.limits.body_bytes_max = 8;
  begin(client_, request_head("POST"));
  client_.receive_body(world_.blocks, "12345678");
  turns();
  ASSERT_FALSE(client_.answer);

  client_.receive_body(world_.blocks, "9");
  turns();

  EXPECT_EQ(client_.answer->status, 413);
  EXPECT_EQ(record_->termination, "too_large");
}

}  // namespace
}  // namespace qp::proxy
