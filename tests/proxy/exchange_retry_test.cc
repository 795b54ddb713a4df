// Requests that are tried again: on whom, with what, how often, and what the client sees of it.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "observe/trace_fields.h"
#include "proxy/exchange.h"
#include "support/exchange_world.h"

namespace qp::proxy {
namespace {

using config::RetryOn;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::request_head;
using test::ScriptedStream;

class ExchangeRetryTest : public test::ExchangeWorld {
 protected:
  // As kept by a pool: the first request has come and gone.
  void use_each_backend_once() {
    for (size_t i = 0; i < config_.backends.size(); ++i) {
      ScriptedStream& client = add_client();
      begin(client, request_head());
      client.receive_end();
      asked(i).respond(world_.blocks, 200, "");
      until_over();
      record_.reset();
    }
  }
  void add_backends() {
    add_backend("one");
    add_backend("two");
  }
};

TEST_F(ExchangeRetryTest, AnotherBackendIsAskedWhereOneCannotBeReachedWhateverTheMethod) {
  add_dead_backend("dead");
  add_backend("well");
  for (int i = 0; i < 2; ++i) {  // each of them comes first once
    record_.reset();
    ScriptedStream& client = add_client();
    begin(client, request_head("POST"));
    client.receive_body(world_.blocks, "once");
    client.receive_end();
    ScriptedStream& backend = asked(static_cast<size_t>(i));
    EXPECT_EQ(backend_of(backend), "well");
    turns();
    EXPECT_EQ(backend.text, "once");
    backend.respond(world_.blocks, 200, "");
    until_over();
    EXPECT_EQ(client.answer->status, 200);
  }
  EXPECT_TRUE(log_has(R"("failed_attempts":"dead:upstream_refused")")) << log();
}

TEST_F(ExchangeRetryTest, NobodyReachedIs502AndEachIsTriedOnce) {
  add_dead_backend("dead");
  add_dead_backend("deader");

  serve(request_head());
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_TRUE(field(http::Name::proxy_status).contains("error=connection_refused"));
  EXPECT_TRUE(field(http::Name::proxy_status).contains("; 2 attempts\""));
  EXPECT_EQ(attempts_.size(), 2u);
  EXPECT_EQ(attempts_[0].connected, kNever);
}

TEST_F(ExchangeRetryTest, AStaleConnectionIsReplacedAndItsBackendNotPassedOver) {
  add_backend("only");
  use_each_backend_once();

  begin(client_, request_head("PUT"));
  client_.receive_body(world_.blocks, "body");
  client_.receive_end();
  ScriptedStream& stale = asked(1);
  turns();
  EXPECT_EQ(stale.text, "body");
  stale.break_off(ErrorCode::closed, Origin::upstream);
  turns();
  ScriptedStream& fresh = asked(2);
  turns();
  EXPECT_EQ(fresh.text, "body") << "all of it is offered again";
  fresh.respond(world_.blocks, 200, "done");
  until_over();

  EXPECT_EQ(client_.text, "done");
  ASSERT_EQ(attempts_.size(), 2u);
  EXPECT_TRUE(attempts_[0].is_reused);
  EXPECT_EQ(attempts_[0].termination, "upstream_closed");
  EXPECT_EQ(attempts_[0].bytes_out, 4u);
  EXPECT_FALSE(attempts_[1].is_reused);
}

TEST_F(ExchangeRetryTest, APostIsNotRepeatedWhereItMayHaveBeenRead) {
  add_backends();
  use_each_backend_once();

  serve(request_head("POST"));
  asked(2).break_off(ErrorCode::closed, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_EQ(attempts_.size(), 1u);
}

TEST_F(ExchangeRetryTest, APostIsRepeatedWhereItWasRefusedUnread) {
  add_backends();
  serve(request_head("POST"));
  ScriptedStream& first = asked(0);
  first.break_off(ErrorCode::refused, Origin::upstream);

  ScriptedStream& second = asked(1);
  EXPECT_NE(backend_of(first), backend_of(second));
  second.respond(world_.blocks, 201, "");
  until_over();

  EXPECT_EQ(client_.answer->status, 201);
}

TEST_F(ExchangeRetryTest, AConnectionThatBreaksIsRepeatedElsewhere) {
  add_backends();
  serve(request_head());
  ScriptedStream& first = asked(0);
  first.break_off(ErrorCode::reset, Origin::upstream);

  ScriptedStream& second = asked(1);
  EXPECT_NE(backend_of(first), backend_of(second));
  second.respond(world_.blocks, 200, "");
  until_over();

  EXPECT_EQ(record_->termination, "ok");
}

TEST_F(ExchangeRetryTest, WhatIsNotListedIsNotRepeated) {
  config_.retry.on = {RetryOn::connect_failure};
  add_backends();
  serve(request_head());

  asked(0).break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_EQ(attempts_.size(), 1u);
}

TEST_F(ExchangeRetryTest, OnceTheHeadIsOutNothingIsRepeated) {
  config_.retry.on = {RetryOn::reset, RetryOn::stale};
  add_backends();
  serve(request_head());
  ScriptedStream& backend = asked(0);
  backend.receive_head(200);
  turns();

  backend.break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.broken_by, http::Reason::internal);
  EXPECT_EQ(attempts_.size(), 1u);
}

TEST_F(ExchangeRetryTest, ABodyThatIsTooLongToKeepForbidsIt) {
  config_.retry.body_bytes_max = 8;
  add_backends();
  begin(client_, request_head("PUT"));
  client_.receive_body(world_.blocks, "123456789");
  client_.receive_end();
  ScriptedStream& backend = asked(0);
  turns();
  ASSERT_EQ(backend.text, "123456789");

  backend.break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_EQ(attempts_.size(), 1u);
}

TEST_F(ExchangeRetryTest, ABodyOfWhichTheRestIsStillToComeIsRepeatedToo) {
  add_backends();
  begin(client_, request_head("PUT"));
  client_.receive_body(world_.blocks, "first ");
  ScriptedStream& first = asked(0);
  turns();
  ASSERT_EQ(first.text, "first ");
  first.break_off(ErrorCode::reset, Origin::upstream);
  ScriptedStream& second = asked(1);

  client_.receive_body(world_.blocks, "second");
  client_.receive_end();
  turns();

  EXPECT_EQ(second.text, "first second");
  EXPECT_TRUE(second.is_whole);
}

// ---- statuses

TEST_F(ExchangeRetryTest, AStatusIsRepeatedWithoutAByteOfItReachingTheClient) {
  config_.retry.on = {RetryOn::status_503};
  add_backends();
  serve(request_head());
  asked(0).respond(world_.blocks, 503, "busy");

  asked(1).respond(world_.blocks, 200, "answer");
  until_over();

  EXPECT_EQ(client_.answer->status, 200);
  EXPECT_EQ(client_.text, "answer");
  ASSERT_EQ(attempts_.size(), 2u);
  EXPECT_EQ(attempts_[0].status, 503);
  EXPECT_EQ(attempts_[0].bytes_in, 4u);
  EXPECT_TRUE(log_has(":503\"")) << log();
}

TEST_F(ExchangeRetryTest, TheLastStatusIsForwardedAsItCame) {
  config_.retry.on = {RetryOn::status_503};
  config_.retry.attempts = 2;
  add_backends();
  serve(request_head());
  asked(0).respond(world_.blocks, 503, "first");

  asked(1).respond(world_.blocks, 503, "last");
  until_over();

  EXPECT_EQ(client_.answer->status, 503);
  EXPECT_EQ(client_.text, "last");
  EXPECT_EQ(field(http::Name::proxy_status), "(none)") << "it is the backend's own";
  EXPECT_EQ(record_->termination, "ok");
}

TEST_F(ExchangeRetryTest, AStatusOfAPostIsForwarded) {
  config_.retry.on = {RetryOn::status_503};
  add_backends();
  serve(request_head("POST"));

  asked(0).respond(world_.blocks, 503, "busy");
  until_over();

  EXPECT_EQ(client_.text, "busy");
  EXPECT_EQ(requests(), 1u);
}

TEST_F(ExchangeRetryTest, WhereAllWereTriedTheyAreAskedAgainAfterAPause) {
  config_.retry.on = {RetryOn::status_503};
  add_backend("only");
  serve(request_head());
  asked(0).respond(world_.blocks, 503, "busy");
  turns();
  ASSERT_EQ(requests(), 1u);
  ASSERT_FALSE(client_.answer);

  pass(milliseconds(20));
  asked(1).respond(world_.blocks, 200, "better");
  until_over();

  EXPECT_EQ(client_.text, "better");
}

TEST_F(ExchangeRetryTest, AClientThatLeavesDuringThePauseEndsIt) {
  config_.retry.on = {RetryOn::status_503};
  add_backend("only");
  serve(request_head());
  asked(0).respond(world_.blocks, 503, "busy");
  turns();

  client_.break_off(ErrorCode::reset, Origin::client);
  pass(seconds(1));

  EXPECT_EQ(requests(), 1u);
  EXPECT_EQ(exchanges_->live(), 0u);
}

// ---- how often

TEST_F(ExchangeRetryTest, AttemptsAreLimited) {
  config_.retry.attempts = 2;
  add_backends();
  add_backend("three");
  serve(request_head());
  asked(0).break_off(ErrorCode::reset, Origin::upstream);

  asked(1).break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_EQ(requests(), 2u);
  EXPECT_FALSE(record_->is_retry_denied);
}

TEST_F(ExchangeRetryTest, RetriesHaveABudget) {
  config_.retry.budget = 0;
  config_.retry.budget_requests_min = 1;
  add_backends();
  ScriptedStream& lucky = add_client();
  begin(lucky, request_head());
  lucky.receive_end();
  asked(0).break_off(ErrorCode::reset, Origin::upstream);
  asked(1);  // its second attempt is under way and takes up the whole budget

  serve(request_head());
  asked(2).break_off(ErrorCode::reset, Origin::upstream);
  until_over();

  EXPECT_EQ(client_.answer->status, 502);
  EXPECT_TRUE(record_->is_retry_denied);
  EXPECT_EQ(attempts_.size(), 1u);
  EXPECT_TRUE(log_has(R"("retry":"over_budget")")) << log();
}

TEST_F(ExchangeRetryTest, RequestsThatGoWellSaveForOneThatDoesNot) {
  config_.retry.budget = 0.5;
  config_.retry.budget_requests_min = 0;
  config_.retry.budget_saved_requests_max = 1;
  add_backends();
  use_each_backend_once();

  serve(request_head());
  asked(2).break_off(ErrorCode::reset, Origin::upstream);
  asked(3).respond(world_.blocks, 200, "");
  until_over();

  EXPECT_EQ(client_.answer->status, 200);
  EXPECT_FALSE(record_->is_retry_denied);
}

TEST_F(ExchangeRetryTest, WhatReachedNobodyNeedsNoBudget) {
  config_.retry.budget = 0;
  config_.retry.budget_requests_min = 0;
  add_dead_backend("dead");
  add_backend("well");
  for (size_t i = 0; i < 2; ++i) {  // each of them comes first once
    record_.reset();
    ScriptedStream& client = add_client();
    begin(client, request_head("POST"));
    client.receive_end();
    asked(i).respond(world_.blocks, 200, "");
    until_over();
    EXPECT_EQ(client.answer->status, 200);
    EXPECT_FALSE(record_->is_retry_denied);
  }
}

// ---- traces

TEST_F(ExchangeRetryTest, EachAttemptIsASpanOfItsOwn) {
  config_.telemetry.tracing.enabled = true;
  add_backends();
  http::RequestHead head = request_head();
  head.fields.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  serve(std::move(head));
  ScriptedStream& first = asked(0);
  first.break_off(ErrorCode::reset, Origin::upstream);
  ScriptedStream& second = asked(1);
  second.respond(world_.blocks, 200, "");
  until_over();

  const auto told = [](const ScriptedStream& backend) {
    return observe::parse_traceparent(backend.request->fields.find("traceparent").value_or(""));
  };
  ASSERT_TRUE(told(first) && told(second));
  EXPECT_EQ(told(first)->trace_id, record_->trace.trace_id);
  EXPECT_EQ(told(first)->span_id, attempts_[0].span_id);
  EXPECT_EQ(told(second)->span_id, attempts_[1].span_id);
  EXPECT_NE(attempts_[0].span_id, attempts_[1].span_id);
  EXPECT_EQ(record_->trace.parent_span_id, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(log_has(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")")) << log();
}

}  // namespace
}  // namespace qp::proxy
