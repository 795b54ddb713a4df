#include "upstream/health_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "support/checker_world.h"
#include "upstream/call.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ScriptBackend;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HealthCheckerTest : public test::CheckerWorld {};

TEST_F(HealthCheckerTest, FollowsTheTimelineOfAFailureAndARecovery) {
  ScriptBackend& server = add();
  begin();
  server.stop();  // T+0

  for (const char* time : {"T+10", "T+20"}) {
    pass_to_result(seconds(10));
    EXPECT_TRUE(is_in()) << time;
    EXPECT_THAT(log.take(), StartsWith("warn  Health check failed backend=a reason=")) << time;
  }
  pass_to_result(seconds(10));  // T+30
  EXPECT_FALSE(is_in());
  EXPECT_THAT(log.take(), EndsWith("info  Marked backend as unhealthy backend=a\n"
                                   "info  Removed from load balancer backend=a reason=health_check\n"));

  pass_to_result(seconds(10));
  pass_to_result(seconds(10));
  pass_to_result(seconds(10));  // T+60
  EXPECT_EQ(log.take(), "");    // nothing new
  server.start();
  pass_to_result(seconds(10));  // T+70
  EXPECT_FALSE(is_in());
  EXPECT_EQ(log.take(), "info  Health check passed backend=a status=200\n");
  pass_to_result(seconds(10));  // T+80
  EXPECT_TRUE(is_in());
  EXPECT_EQ(log.take(),
            "info  Health check passed backend=a status=200\n"
            "info  Marked backend as healthy backend=a\n"
            "info  Added to load balancer backend=a reason=health_check\n");
  EXPECT_EQ(backends[0]->standing.since(), world.reactor.turn.now);
  EXPECT_EQ(checker.results(*backends[0]).failed, 6U);
}

TEST_F(HealthCheckerTest, MakesItsFirstCheckAfterOneInterval) {
  add();
  begin();

  world.pass(seconds(10) - milliseconds(1));
  EXPECT_EQ(servers[0].accepted(), 0U);
  pass_to_result(milliseconds(1));
  EXPECT_EQ(servers[0].accepted(), 1U);
}

TEST_F(HealthCheckerTest, AsksForThePathOnANewConnectionEachTime) {
  ScriptBackend& server = add({.path = "/live?deep=1"});
  begin();

  pass_to_result(seconds(10));
  pass_to_result(seconds(10));

  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.requests()[0], StartsWith("GET /live?deep=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr(":" + std::to_string(server.port())));
  EXPECT_EQ(server.accepted(), 2U);
  world.until([&] { return server.live() == 0; });
}

TEST_F(HealthCheckerTest, JudgesByTheAnswer) {
  struct Row {
    const char* answer;
    bool closes;
    bool passes;
  };
  constexpr Row kRows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, true},
      {"HTTP/1.1 204 No Content\r\n\r\n", false, true},
      {"HTTP/1.1 299 Odd\r\nContent-Length: 1\r\n\r\nx", false, true},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", true, true},
      {"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, true},
      {"HTTP/1.1 300 Choices\r\nContent-Length: 0\r\n\r\n", false, false},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, false},
      {"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n", false, false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbreaks off", true, false},
      {"HTTP/1.1 200 O", true, false},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", false, false},
      {"\r\n\r\n\r\n", true, false},
  };
  ScriptBackend& server = add();
  begin();
  for (const Row& row : kRows) {
    server.answer = row.answer;
    server.closes_after_answer = row.closes;
    const uint64_t passed = checker.results(*backends[0]).passed;

    pass_to_result(seconds(10));

    EXPECT_EQ(checker.results(*backends[0]).passed - passed, row.passes ? 1U : 0U) << row.answer;
  }
}

TEST_F(HealthCheckerTest, TellsTheStatusThatIsNoSuccess) {
  add().answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  begin();

  pass_to_result(seconds(10));

  EXPECT_EQ(log.take(),
            "warn  Health check failed backend=a status=503 reason=\"the status is not from 200 to 299\"\n");
}

TEST_F(HealthCheckerTest, LosesPatienceWithWhoSaysNothing) {
  ScriptBackend& server = add();
  server.answer = "";
  begin();
  world.pass(seconds(10));
  world.until([&] { return server.requests().size() == 1; });

  world.pass(seconds(5) - milliseconds(1));
  EXPECT_EQ(checks(), 0U);
  pass_to_result(milliseconds(1));

  EXPECT_EQ(log.take(), "warn  Health check failed backend=a reason=\"it took too long\"\n");
  world.until([&] { return server.live() == 0; });
  server.answer = ScriptBackend().answer;
  pass_to_result(seconds(5));  // in the old rhythm: ten seconds after the last one began
  EXPECT_EQ(checker.results(*backends[0]).passed, 1U);
}

TEST_F(HealthCheckerTest, ReadsABodyUpToALimitOnly) {
  ScriptBackend& server = add();
  const auto answer_of = [](uint64_t bytes) {  // and then nothing more, though more was promised
    return "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(bytes, 'x');
  };
  begin();

  server.answer = answer_of(Call::kBodyBytesMax);
  pass_to_result(seconds(10));
  EXPECT_EQ(checker.results(*backends[0]).passed, 1U);

  server.answer = answer_of(Call::kBodyBytesMax - 1);
  world.pass(seconds(10));
  world.until([&] { return server.requests().size() == 2; });
  pass_to_result(seconds(5));
  EXPECT_EQ(checker.results(*backends[0]).failed, 1U);
}

TEST_F(HealthCheckerTest, NeedsOnlyAConnectionWhereTheTypeIsTcp) {
  ScriptBackend& server = add({.type = config::HealthCheckType::tcp});
  server.answer = "";
  begin();

  pass_to_result(seconds(10));
  EXPECT_EQ(checker.results(*backends[0]).passed, 1U);
  EXPECT_TRUE(server.requests().empty());
  world.until([&] { return server.live() == 0; });

  server.stop();
  pass_to_result(seconds(10));
  EXPECT_EQ(checker.results(*backends[0]).failed, 1U);
}

TEST_F(HealthCheckerTest, SpreadsTheBackendsOverTheInterval) {
  for (int i = 0; i < 4; ++i)
    add({.interval = seconds(20)});
  begin();

  std::string order;
  for (int step = 0; step < 8; ++step) {
    std::array<uint64_t, 4> before;
    for (size_t i = 0; i < 4; ++i)
      before[i] = checks(i);
    world.pass(seconds(5));
    world.until(
        [&] { return checks(0) + checks(1) + checks(2) + checks(3) == static_cast<uint64_t>(step + 1); });
    for (size_t i = 0; i < 4; ++i) {
      if (checks(i) > before[i]) order += backends[i]->config.name;
    }
  }
  EXPECT_EQ(order, "dcbadcba");
}

TEST_F(HealthCheckerTest, ComesEarlierByJitterAndNeverLater) {
  add({.jitter = 0.5});
  servers[0].stop();  // a refusal is there at once
  begin();
  std::set<int64_t> early;  // in half seconds
  for (int check = 1; check <= 20; ++check) {
    while (checks() < static_cast<uint64_t>(check)) {
      world.pass(milliseconds(500));
      for (int turn = 0; turn < 3; ++turn)
        world.turn();
    }
    const TimePoint due = world.started_at + check * seconds(10);
    early.insert((due - world.reactor.turn.now) / milliseconds(500));
  }

  EXPECT_GT(early.size(), 3U);
  EXPECT_GE(*early.begin(), 0);
  EXPECT_LE(*early.rbegin(), 10);  // half of the interval
}

TEST_F(HealthCheckerTest, MakesOneMoreCheckOnDemandAndKeepsItsRhythm) {
  add();
  begin();
  world.pass(seconds(4));

  checker.check_now(*backends[0]);
  pass_to_result(seconds(0));
  world.pass(seconds(6) - milliseconds(1));
  EXPECT_EQ(checks(), 1U);
  pass_to_result(milliseconds(1));
}

TEST_F(HealthCheckerTest, KeepsWhatItKnowsWhenBackendsComeAndGo) {
  add({.unhealthy_threshold = 2}).stop();
  add();
  begin();
  world.pass(seconds(5));
  world.until([&] { return checks(1) == 1; });
  pass_to_result(seconds(5));
  add();
  backends.erase(backends.begin() + 1);

  begin();
  pass_to_result(seconds(10), 0);

  EXPECT_FALSE(is_in(0));
  EXPECT_EQ(checker.results(*backends[0]).failed, 2U);
}

TEST_F(HealthCheckerTest, TakesOverTheStateOfABackendWhoseConfigurationChanges) {
  add({.unhealthy_threshold = 1}).stop();
  begin();
  pass_to_result(seconds(10));
  ASSERT_FALSE(is_in());
  config::Backend changed = backends[0]->config;
  changed.weight = 5;
  backends[0] = std::make_shared<Backend>(changed, nullptr);

  begin();

  EXPECT_FALSE(is_in());
  servers[0].start();
  pass_to_result(seconds(0));
  EXPECT_FALSE(is_in());  // one success is not enough for who has failed
  pass_to_result(seconds(10));
  EXPECT_TRUE(is_in());
}

TEST_F(HealthCheckerTest, TakesNothingOverFromABackendAtAnotherPlace) {
  add({.unhealthy_threshold = 1}).stop();
  begin();
  pass_to_result(seconds(10));
  config::Backend moved = backends[0]->config;
  moved.url.port = servers.emplace_back().port();
  backends[0] = std::make_shared<Backend>(moved, nullptr);

  begin();

  EXPECT_TRUE(is_in());
}

TEST_F(HealthCheckerTest, LeavesAloneWhomNobodyWantsChecked) {
  add();
  config::Backend unchecked = backends[0]->config;
  unchecked.health_check.enabled = false;
  backends[0] = std::make_shared<Backend>(unchecked, nullptr);
  begin();

  world.pass(seconds(100));

  EXPECT_EQ(servers[0].accepted(), 0U);
  EXPECT_EQ(checks(), 0U);
}

TEST_F(HealthCheckerTest, LetsGoInTheMiddleOfACheck) {
  ScriptBackend& server = add();
  server.answer = "";
  begin();
  world.pass(seconds(10));
  world.until([&] { return server.requests().size() == 1; });

  checker.install({});

  world.until([&] { return server.live() == 0; });
  EXPECT_FALSE(checker.is_dirty());
}

}  // namespace
}  // namespace qp::upstream
