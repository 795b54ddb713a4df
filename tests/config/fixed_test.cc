#include "config/fixed.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

TEST(KeepFixed, LeavesWhatMayChangeAsItIsWanted) {
  const Config running;
  Config fresh;
  fresh.backends.push_back({.name = "b"});
  fresh.server.timeouts.connect = std::chrono::seconds(1);
  fresh.server.limits.body_bytes_max = 5;
  fresh.telemetry.logging.level = LogLevel::debug;
  fresh.telemetry.logging.access_log.sample = 0.5;
  const Config wanted = fresh;

  EXPECT_TRUE(keep_fixed(fresh, running).empty());
  EXPECT_EQ(fresh, wanted);
}

TEST(KeepFixed, TakesBackWhatOnlyARestartCanChangeAndNamesIt) {
  const Config running;
  Config fresh;
  fresh.server.address.port = 8443;
  fresh.server.workers = 7;
  fresh.server.secret_file = "new";
  fresh.server.former_secret_files = {"old"};
  fresh.health.address.reset();
  fresh.telemetry.logging.output = "stderr";

  EXPECT_EQ(
      keep_fixed(fresh, running),
      (std::vector<std::string>{"server.address", "server.workers", "server.secret_file",
                                "server.former_secret_files", "health.address", "telemetry.logging.output"}));
  EXPECT_EQ(fresh, running);
}

}  // namespace
}  // namespace qp::config
