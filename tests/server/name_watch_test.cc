#include "server/name_watch.h"

#include <gtest/gtest.h>

#include "support/log_taker.h"

namespace qp::server {
namespace {

using std::chrono::seconds;

std::shared_ptr<upstream::Backend> backend_at(const char* name, const char* host) {
  config::Backend config;
  config.name = name;
  config.url.host = host;
  return std::make_shared<upstream::Backend>(config, nullptr);
}

class NameWatchTest : public testing::Test {
 protected:
  // So many failures, five seconds between them.
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      turn_.now += seconds(5);
      watch_.handle_failure(*backend_, "no such name");
    }
  }

  Turn turn_{.now = TimePoint(seconds(100)), .wall = {}};
  test::LogTaker log_;
  const std::shared_ptr<upstream::Backend> backend_ = backend_at("b1", "app.test");
  NameWatch watch_{turn_, log_.log};
};

TEST_F(NameWatchTest, SaysAtOnceThatANameFailsAndThenOnceAMinute) {
  fail(1);
  EXPECT_EQ(log_.take(),
            "warn  Backend name not resolved backend=b1 host=app.test reason=\"no such name\"\n");

  fail(11);
  EXPECT_EQ(log_.take(), "");
  fail(1);
  EXPECT_EQ(log_.take(),
            "warn  Backend name not resolved backend=b1 host=app.test reason=\"no such name\" failures=13\n");
  fail(11);
  EXPECT_EQ(log_.take(), "");
}

TEST_F(NameWatchTest, SaysWhenTheNameIsResolvedAgainAndBeginsAnew) {
  fail(3);
  log_.take();

  watch_.handle_success(*backend_);
  watch_.handle_success(*backend_);
  EXPECT_EQ(log_.take(), "info  Backend name resolved again backend=b1 host=app.test failures=3\n");

  fail(1);
  EXPECT_EQ(log_.take(),
            "warn  Backend name not resolved backend=b1 host=app.test reason=\"no such name\"\n");
}

TEST_F(NameWatchTest, CountsEachBackendByItself) {
  const auto other = backend_at("b2", "other.test");
  fail(1);
  log_.take();

  watch_.handle_failure(*other, "no such name");

  EXPECT_EQ(log_.take(),
            "warn  Backend name not resolved backend=b2 host=other.test reason=\"no such name\"\n");
}

TEST_F(NameWatchTest, KnowsNothingOfABackendThatItForgot) {
  fail(1);
  log_.take();

  watch_.forget(*backend_);

  watch_.handle_success(*backend_);
  EXPECT_EQ(log_.take(), "");
}

}  // namespace
}  // namespace qp::server
