#include "upstream/outlier_watch.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>

namespace qp::upstream {
namespace {

using observe::AttemptRecord;
constexpr config::OutlierDetection kGateway{.failure_statuses = config::FailureStatuses::gateway_errors};
constexpr config::OutlierDetection kServer{.failure_statuses = config::FailureStatuses::server_errors};

AttemptRecord attempt(uint16_t status, std::string_view termination = "", uint32_t backend_id = 0) {
  return {.backend_id = backend_id, .status = status, .termination = termination};
}

class OutlierWatchTest : public testing::Test, public OutlierWatchOwner {
 protected:
  void backend_fails(uint32_t backend_id) override { told.push_back(backend_id); }
  void install(std::vector<uint32_t> ids, config::OutlierDetection config) {
    config.enabled = true;
    std::vector<std::shared_ptr<Backend>> backends;
    for (const uint32_t id : ids) {
      backends.push_back(
          std::make_shared<Backend>(config::Backend{.outlier_detection = config}, nullptr, id));
    }
    watch.install(backends);
  }
  void see(const AttemptRecord& one) { watch.exchange_ended({.attempts = {&one, 1}}); }
  void see_failures(int count, uint32_t backend_id = 0) {
    for (int i = 0; i < count; ++i)
      see(attempt(0, "upstream_refused", backend_id));
  }

  OutlierWatch watch{*this};
  std::vector<uint32_t> told;
};

TEST(AttemptVerdictTest, CallsBadWhatOnlyTheBackendCanHaveCaused) {
  for (const char* word :
       {"upstream_refused", "upstream_unreachable", "upstream_tls", "upstream_connect_timeout",
        "upstream_timeout", "upstream_closed", "upstream_malformed", "upstream_too_large"}) {
    EXPECT_EQ(verdict_of(attempt(0, word), kGateway), AttemptVerdict::bad) << word;
    EXPECT_EQ(verdict_of(attempt(200, word), kGateway), AttemptVerdict::bad) << word;  // in its body
  }
  for (const char* word : {"client_reset", "client_timeout", "timeout", "overloaded", "internal_error", ""}) {
    EXPECT_EQ(verdict_of(attempt(0, word), kGateway), AttemptVerdict::neutral) << word;
    EXPECT_EQ(verdict_of(attempt(200, word), kGateway), AttemptVerdict::good) << word;
  }
}

TEST(AttemptVerdictTest, CallsSlowAnswersBadWhereThatIsAskedFor) {
  constexpr config::OutlierDetection kPatient{};
  constexpr config::OutlierDetection kImpatient{.slow_answer = std::chrono::seconds(1)};
  AttemptRecord answered = attempt(200);
  answered.first_byte = answered.began + std::chrono::seconds(1);
  EXPECT_EQ(verdict_of(answered, kImpatient), AttemptVerdict::good);

  answered.first_byte += Duration(1);
  EXPECT_EQ(verdict_of(answered, kImpatient), AttemptVerdict::bad);
  EXPECT_EQ(verdict_of(answered, kPatient), AttemptVerdict::good);
}

TEST(AttemptVerdictTest, JudgesByTheStatusesThatAreFailures) {
  for (const auto status : std::initializer_list<uint16_t>{502, 503, 504}) {
    EXPECT_EQ(verdict_of(attempt(status), kGateway), AttemptVerdict::bad);
    EXPECT_EQ(verdict_of(attempt(status), kServer), AttemptVerdict::bad);
  }
  for (const auto status : std::initializer_list<uint16_t>{500, 501, 505, 599}) {
    EXPECT_EQ(verdict_of(attempt(status), kGateway), AttemptVerdict::good);
    EXPECT_EQ(verdict_of(attempt(status), kServer), AttemptVerdict::bad);
  }
  for (const auto status : std::initializer_list<uint16_t>{200, 304, 404, 429, 499}) {
    EXPECT_EQ(verdict_of(attempt(status), kServer), AttemptVerdict::good);
  }
}

TEST(AttemptVerdictTest, BlamesNobodyForAConnectionThatHadGoneStale) {
  AttemptRecord stale = attempt(0, "upstream_closed");
  stale.is_reused = true;
  EXPECT_EQ(verdict_of(stale, kGateway), AttemptVerdict::neutral);

  stale.status = 200;
  EXPECT_EQ(verdict_of(stale, kGateway), AttemptVerdict::bad);
  stale.status = 0;
  stale.termination = "upstream_timeout";
  EXPECT_EQ(verdict_of(stale, kGateway), AttemptVerdict::bad);
}

TEST_F(OutlierWatchTest, TellsAtTheThresholdAndBeginsAgain) {
  install({0}, {.consecutive_failures = 3});

  see_failures(2);
  EXPECT_TRUE(told.empty());
  see_failures(1);
  EXPECT_EQ(told.size(), 1U);
  see_failures(2);
  EXPECT_EQ(told.size(), 1U);
  see_failures(1);
  EXPECT_EQ(told.size(), 2U);
}

TEST_F(OutlierWatchTest, CountsInARowOnly) {
  install({0}, {.consecutive_failures = 3});

  see_failures(2);
  see(attempt(200));
  see_failures(2);
  see(attempt(0, "client_reset"));  // says nothing
  EXPECT_TRUE(told.empty());
  see_failures(1);

  EXPECT_EQ(told.size(), 1U);
}

TEST_F(OutlierWatchTest, CountsEveryAttemptOfAnExchangeForItsOwnBackend) {
  install({1, 4}, {.consecutive_failures = 2});
  const std::array attempts{attempt(0, "upstream_refused", 4), attempt(503, "", 4), attempt(200, "", 1),
                            attempt(0, "upstream_refused", 2), attempt(0, "upstream_refused", 7)};

  watch.exchange_ended({.attempts = attempts});
  watch.exchange_ended({});

  EXPECT_EQ(told, (std::vector<uint32_t>{4}));
}

TEST_F(OutlierWatchTest, WatchesOnlyWhomItIsTold) {
  watch.install({std::make_shared<Backend>(config::Backend{}, nullptr, 0)});
  see_failures(100);
  EXPECT_TRUE(told.empty());

  install({0, 1}, {.consecutive_failures = 3});
  see_failures(2, 1);
  install({1}, {.consecutive_failures = 3});  // what it knew is kept
  see_failures(3, 0);
  see_failures(1, 1);

  EXPECT_EQ(told, (std::vector<uint32_t>{1}));
}

}  // namespace
}  // namespace qp::upstream
