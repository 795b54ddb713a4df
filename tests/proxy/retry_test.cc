#include "proxy/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace qp::proxy {
namespace {

using config::Retry;
using config::RetryOn;

constexpr RetryOn kAll[] = {RetryOn::connect_failure, RetryOn::refused,   RetryOn::stale,
                            RetryOn::reset,           RetryOn::timeout,   RetryOn::status_502,
                            RetryOn::status_503,      RetryOn::status_504};

Error upstream_error(ErrorCode code) {
  return {.code = code, .origin = Origin::upstream, .detail = ""};
}

Retry everything() {
  Retry retry;
  retry.on.assign(std::begin(kAll), std::end(kAll));
  return retry;
}

RetryFacts facts_of(std::string_view method) {
  return {.attempts = 1, .is_replayable = true, .method = method};
}

TEST(RetryTest, NamesWhatKeepsAConnectionFromComingAbout) {
  for (const ErrorCode code : {ErrorCode::refused, ErrorCode::unreachable, ErrorCode::timed_out,
                               ErrorCode::tls, ErrorCode::exhausted, ErrorCode::reset, ErrorCode::closed}) {
    EXPECT_EQ(retry_reason(upstream_error(code), Stage::connect, false), RetryOn::connect_failure);
  }
}

TEST(RetryTest, NamesWhatEndsAnAttemptThatHadAConnection) {
  const auto reason = [](ErrorCode code, bool is_reused) {
    return retry_reason(upstream_error(code), Stage::waiting, is_reused);
  };
  EXPECT_EQ(reason(ErrorCode::refused, false), RetryOn::refused);
  EXPECT_EQ(reason(ErrorCode::refused, true), RetryOn::refused);
  EXPECT_EQ(reason(ErrorCode::closed, true), RetryOn::stale);
  EXPECT_EQ(reason(ErrorCode::reset, true), RetryOn::stale);
  EXPECT_EQ(reason(ErrorCode::closed, false), RetryOn::reset);
  EXPECT_EQ(reason(ErrorCode::reset, false), RetryOn::reset);
  EXPECT_EQ(reason(ErrorCode::timed_out, true), RetryOn::timeout);
}

TEST(RetryTest, ABackendThatBreaksTheProtocolIsNotAskedAgain) {
  for (const ErrorCode code : {ErrorCode::malformed, ErrorCode::too_large, ErrorCode::unsupported}) {
    EXPECT_FALSE(retry_reason(upstream_error(code), Stage::waiting, true));
  }
}

TEST(RetryTest, OnceTheAnswerHasBegunThereIsNoOther) {
  EXPECT_FALSE(retry_reason(upstream_error(ErrorCode::reset), Stage::response, true));
  EXPECT_FALSE(retry_reason(upstream_error(ErrorCode::refused), Stage::response, true));
}

TEST(RetryTest, OurOwnAndTheClientsFailuresAreNotRepeated) {
  for (const Stage stage : {Stage::connect, Stage::waiting}) {
    EXPECT_FALSE(retry_reason({ErrorCode::exhausted, Origin::self, ""}, stage, true));
    EXPECT_FALSE(retry_reason({ErrorCode::reset, Origin::client, ""}, stage, true));
  }
}

TEST(RetryTest, OfTheStatusesOnlyTheGatewaysMayBeRepeated) {
  EXPECT_EQ(retry_reason(502), RetryOn::status_502);
  EXPECT_EQ(retry_reason(503), RetryOn::status_503);
  EXPECT_EQ(retry_reason(504), RetryOn::status_504);
  for (const uint16_t status : std::initializer_list<uint16_t>{200, 404, 429, 500, 501, 505})
    EXPECT_FALSE(retry_reason(status)) << status;
}

TEST(RetryTest, WhatTheBackendCannotHaveSeenIsTriedAgainWhateverTheMethod) {
  for (const RetryOn reason : {RetryOn::connect_failure, RetryOn::refused}) {
    EXPECT_TRUE(may_retry(everything(), reason, facts_of("GET")));
    EXPECT_TRUE(may_retry(everything(), reason, facts_of("POST")));
  }
}

TEST(RetryTest, WhatItMayHaveSeenOnlyIfTwiceIsLikeOnce) {
  for (const RetryOn reason : kAll) {
    if (reason == RetryOn::connect_failure || reason == RetryOn::refused) continue;
    for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
      EXPECT_TRUE(may_retry(everything(), reason, facts_of(method))) << method;
    }
    for (const char* method : {"POST", "PATCH", "UNKNOWN", ""}) {
      EXPECT_FALSE(may_retry(everything(), reason, facts_of(method))) << method;
    }
  }
}

TEST(RetryTest, OnlyWhatIsListedIsTriedAgain) {
  for (const RetryOn listed : kAll) {
    Retry retry;
    retry.on = {listed};
    for (const RetryOn reason : kAll) {
      EXPECT_EQ(may_retry(retry, reason, facts_of("GET")), reason == listed);
    }
  }
}

TEST(RetryTest, WithoutBeingToldSlowBackendsAndStatusesAreNotTriedAgain) {
  for (const RetryOn reason : kAll) {
    const bool is_usual = reason <= RetryOn::reset;
    EXPECT_EQ(may_retry(Retry(), reason, facts_of("GET")), is_usual);
  }
}

TEST(RetryTest, ABodyThatCannotBeOfferedAgainForbidsIt) {
  RetryFacts facts = facts_of("GET");
  facts.is_replayable = false;
  EXPECT_FALSE(may_retry(everything(), RetryOn::connect_failure, facts));
}

TEST(RetryTest, AttemptsAreLimited) {
  Retry retry = everything();
  retry.attempts = 3;
  RetryFacts facts = facts_of("GET");
  facts.attempts = 2;
  EXPECT_TRUE(may_retry(retry, RetryOn::reset, facts));
  facts.attempts = 3;
  EXPECT_FALSE(may_retry(retry, RetryOn::reset, facts));
}

TEST(RetryTest, NobodyGoesBackToWhereNobodyWas) {
  for (const RetryOn reason : kAll)
    EXPECT_EQ(may_return(reason), reason != RetryOn::connect_failure);
}

TEST(RetryTest, PausesGrowWithTheAttemptsUpToASecond) {
  using std::chrono::milliseconds;
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    const Duration first = pause_before_return(1, random);
    EXPECT_TRUE(first >= milliseconds(10) && first < milliseconds(20));
    const Duration third = pause_before_return(3, random);
    EXPECT_TRUE(third >= milliseconds(40) && third < milliseconds(80));
    const Duration last = pause_before_return(16, random);
    EXPECT_TRUE(last >= milliseconds(500) && last < milliseconds(1000));
  }
}

}  // namespace
}  // namespace qp::proxy
