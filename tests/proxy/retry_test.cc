#include "proxy/retry.h"

#include <gtest/gtest.h>

namespace qp::proxy {
namespace {

constexpr RetryFacts kFresh{
    .attempts = 1, .attempts_max = 3, .stage = Stage::connect, .is_reused = false, .is_replayable = true};
constexpr RetryFacts kReused{
    .attempts = 1, .attempts_max = 3, .stage = Stage::waiting, .is_reused = true, .is_replayable = true};

Error upstream_error(ErrorCode code) {
  return {.code = code, .origin = Origin::upstream, .detail = ""};
}

TEST(RetryTest, WithoutAConnectionAnyRequestMayBeTriedElsewhere) {
  for (const ErrorCode code : {ErrorCode::refused, ErrorCode::unreachable, ErrorCode::timed_out,
                               ErrorCode::tls, ErrorCode::exhausted, ErrorCode::reset, ErrorCode::closed}) {
    EXPECT_TRUE(may_retry(kFresh, upstream_error(code), "GET"));
    EXPECT_TRUE(may_retry(kFresh, upstream_error(code), "POST"));
  }
}

TEST(RetryTest, ARequestThatWasRefusedUnreadMayBeTriedElsewhere) {
  RetryFacts facts = kReused;
  EXPECT_TRUE(may_retry(facts, upstream_error(ErrorCode::refused), "POST"));
  facts.is_reused = false;
  EXPECT_TRUE(may_retry(facts, upstream_error(ErrorCode::refused), "POST"));
}

TEST(RetryTest, AStaleConnectionIsForgivenToIdempotentMethods) {
  for (const ErrorCode code : {ErrorCode::closed, ErrorCode::reset}) {
    for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
      EXPECT_TRUE(may_retry(kReused, upstream_error(code), method)) << method;
    }
    for (const char* method : {"POST", "PATCH", "UNKNOWN"}) {
      EXPECT_FALSE(may_retry(kReused, upstream_error(code), method)) << method;
    }
  }
}

TEST(RetryTest, AFreshConnectionThatBreaksHadTheRequest) {
  RetryFacts facts = kReused;
  facts.is_reused = false;
  EXPECT_FALSE(may_retry(facts, upstream_error(ErrorCode::closed), "GET"));
}

TEST(RetryTest, ABackendThatIsSlowOrWrongIsNotAskedAgain) {
  EXPECT_FALSE(may_retry(kReused, upstream_error(ErrorCode::timed_out), "GET"));
  EXPECT_FALSE(may_retry(kReused, upstream_error(ErrorCode::malformed), "GET"));
  EXPECT_FALSE(may_retry(kReused, upstream_error(ErrorCode::too_large), "GET"));
}

TEST(RetryTest, OnceTheAnswerHasBegunThereIsNoOther) {
  RetryFacts facts = kReused;
  facts.stage = Stage::response;
  EXPECT_FALSE(may_retry(facts, upstream_error(ErrorCode::refused), "GET"));
}

TEST(RetryTest, ABodyThatCannotBeOfferedAgainForbidsIt) {
  RetryFacts facts = kFresh;
  facts.is_replayable = false;
  EXPECT_FALSE(may_retry(facts, upstream_error(ErrorCode::refused), "GET"));
}

TEST(RetryTest, AttemptsAreLimited) {
  RetryFacts facts = kFresh;
  facts.attempts = 2;
  EXPECT_TRUE(may_retry(facts, upstream_error(ErrorCode::refused), "GET"));
  facts.attempts = 3;
  EXPECT_FALSE(may_retry(facts, upstream_error(ErrorCode::refused), "GET"));
}

TEST(RetryTest, OurOwnAndTheClientsFailuresAreNotRepeated) {
  EXPECT_FALSE(
      may_retry(kFresh, {.code = ErrorCode::exhausted, .origin = Origin::self, .detail = ""}, "GET"));
  EXPECT_FALSE(may_retry(kFresh, {.code = ErrorCode::reset, .origin = Origin::client, .detail = ""}, "GET"));
}

}  // namespace
}  // namespace qp::proxy
