#include "upstream/ejector.h"

#include <gtest/gtest.h>

#include "support/log_taker.h"
#include "support/pools_world.h"
#include "support/script_backend.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EjectorTest : public test::PoolsWorld {
 protected:
  EjectorTest() {
    world.advance = [this] {
      server.advance();
      checker.advance();
    };
  }

  void add(const config::OutlierDetection& detection, bool is_checked = false) {
    config::Backend config =
        test::backend_at(std::string(1, static_cast<char>('a' + backends.size())), server.port());
    config.outlier_detection = detection;
    config.health_check.enabled = is_checked;
    backends.push_back(std::make_shared<Backend>(config, nullptr, static_cast<uint32_t>(backends.size())));
    checker.install(backends);
    ejector.install(backends);
  }
  bool is_in(size_t place) const { return backends[place]->may_be_chosen(); }

  test::ScriptBackend server;
  test::LogTaker log;
  Rotation rotation{world.reactor.turn, log.log};
  HealthChecker checker{{world.reactor, pools, rotation, log.log, &ejector}};
  Ejector ejector{{world.reactor.turn, world.timers, rotation, checker, log.log}};
  std::vector<std::shared_ptr<Backend>> backends;
};

TEST_F(EjectorTest, TakesOutWhoFailsAndLetsItInAfterItsTime) {
  add({});
  add({});

  ejector.handle_report(1);

  EXPECT_TRUE(is_in(0));
  EXPECT_FALSE(is_in(1));
  EXPECT_EQ(log.take(),
            "warn  Ejected backend backend=b failures=5 times=1 ejection_ms=30000\n"
            "info  Removed from load balancer backend=b reason=outlier_detection\n");
  world.pass(seconds(30) - milliseconds(1));
  EXPECT_FALSE(is_in(1));
  world.pass(milliseconds(1));
  EXPECT_TRUE(is_in(1));
  EXPECT_EQ(log.take(),
            "info  Readmitted backend backend=b\n"
            "info  Added to load balancer backend=b reason=outlier_detection\n");
  EXPECT_EQ(backends[1]->standing.since(), world.reactor.turn.now);
}

TEST_F(EjectorTest, HearsOtherWorkersOnlyOnce) {
  add({});
  add({});
  ejector.handle_report(1);
  log.take();

  ejector.handle_report(1);
  ejector.handle_report(7);  // nobody's number

  EXPECT_EQ(log.take(), "");
  world.pass(seconds(30));
  EXPECT_TRUE(is_in(1));
}

TEST_F(EjectorTest, NeverTakesOutMoreThanItsShare) {
  for (int i = 0; i < 4; ++i)
    add({});
  ejector.handle_report(0);
  ejector.handle_report(1);
  log.take();

  ejector.handle_report(2);

  EXPECT_TRUE(is_in(2));
  EXPECT_EQ(log.take(),
            "warn  Backend keeps failing backend=c reason=\"max_ejected_percent forbids to eject it\"\n");
  world.pass(seconds(30));
  ejector.handle_report(2);
  EXPECT_FALSE(is_in(2));
}

TEST_F(EjectorTest, LetsInWhoIsCheckedOnlyWhenACheckPasses) {
  add({.base_ejection_time = seconds(1)}, true);
  add({});
  server.stop();
  ejector.handle_report(0);

  world.pass(seconds(1));  // a check is made at once, and fails
  world.until([&] { return checker.results(*backends[0]).failed == 1; });
  EXPECT_FALSE(is_in(0));

  server.start();
  world.pass(seconds(9));  // the regular one
  world.until([&] { return checker.results(*backends[0]).passed == 1; });
  EXPECT_TRUE(is_in(0));
}

TEST_F(EjectorTest, LetsNobodyInByACheckBeforeItsTime) {
  add({.base_ejection_time = seconds(60)}, true);
  add({});
  ejector.handle_report(0);

  world.pass(seconds(10));
  world.until([&] { return checker.results(*backends[0]).passed == 1; });

  EXPECT_FALSE(is_in(0));
  EXPECT_TRUE(backends[0]->standing.is_healthy());
  world.pass(seconds(50));
  world.until([&] { return is_in(0); });
}

TEST_F(EjectorTest, KeepsTheRecordOfBackendsThatStay) {
  add({});
  add({});
  ejector.handle_report(1);

  add({});

  EXPECT_FALSE(is_in(1));
  ejector.handle_report(2);  // one of three is out already
  EXPECT_TRUE(is_in(2));
  world.pass(seconds(30));
  EXPECT_TRUE(is_in(1));
}

}  // namespace
}  // namespace qp::upstream
