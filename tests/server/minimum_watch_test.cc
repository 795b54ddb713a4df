#include "server/minimum_watch.h"

#include <gtest/gtest.h>

#include "support/log_taker.h"
#include "upstream/rotation.h"

namespace qp::server {
namespace {

class MinimumWatchTest : public testing::Test {
 protected:
  MinimumWatchTest() {
    for (const char* name : {"a", "b", "c"}) {
      config_.backends.push_back({.name = name});
      backends_.push_back(std::make_shared<upstream::Backend>(config_.backends.back(), nullptr));
    }
    config_.load_balancer.minimum_healthy = {.value = 50, .is_percent = true};
  }
  // What is logged when these are the healthy ones.
  std::string look(std::initializer_list<bool> healthy) {
    size_t i = 0;
    for (const bool is_healthy : healthy)
      silent_.set_healthy(*backends_[i++], is_healthy);
    watch_.look(*proxy::make_snapshot(config_, backends_, 443));
    return log_.take();
  }

  Turn turn_;
  test::LogTaker log_;
  test::LogTaker other_log_;
  upstream::Rotation silent_{turn_, other_log_.log};
  config::Config config_;
  std::vector<std::shared_ptr<upstream::Backend>> backends_;
  MinimumWatch watch_{log_.log};
};

TEST_F(MinimumWatchTest, SaysOnceThatTooFewAreLeftAndOnceThatEnoughAreBack) {
  EXPECT_EQ(look({true, true, false}), "");
  EXPECT_EQ(
      look({true, false, false}),
      "warn  Too few healthy backends, unhealthy ones are used too route=default healthy=1 minimum=2\n");
  EXPECT_EQ(look({false, false, false}), "");
  EXPECT_EQ(look({false, true, true}), "info  Enough healthy backends again route=default healthy=2\n");
  EXPECT_EQ(look({true, true, true}), "");
}

TEST_F(MinimumWatchTest, SaysNothingOfRoutesWithoutAMinimum) {
  config_.load_balancer.minimum_healthy = {};
  EXPECT_EQ(look({false, false, false}), "");
}

}  // namespace
}  // namespace qp::server
