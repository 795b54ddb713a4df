#include "upstream/health_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <initializer_list>
#include <set>
#include <string>

#include "support/log_taker.h"
#include "support/pools_world.h"
#include "support/script_backend.h"
#include "upstream/call.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ScriptBackend;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HealthCheckerTest : public test::PoolsWorld, private RotationOwner {
 protected:
  HealthCheckerTest() {
    world.advance = [this] {
      for (ScriptBackend& server : servers)
        server.advance();
      checker.advance();
    };
  }

  // One more backend, with a server of its own, to be checked like this.
  ScriptBackend& add(config::HealthCheck check = {}) {
    check.enabled = true;
    ScriptBackend& server = servers.emplace_back();
    config::Backend backend =
        test::backend_at(std::string(1, static_cast<char>('a' + backends.size())), server.port());
    backend.health_check = check;
    backends.push_back(std::make_shared<Backend>(backend, nullptr));
    return server;
  }
  void begin() { checker.install(backends); }
  uint64_t checks(size_t place = 0) const {
    const HealthChecker::Results results = checker.results(*backends[place]);
    return results.passed + results.failed;
  }
  // Time passes, and exactly one more check of that backend comes to its end.
  void pass_to_result(Duration duration, size_t place = 0) {
    const uint64_t before = checks(place);
    world.pass(duration);
    world.until([&] { return checks(place) > before; });
    EXPECT_EQ(checks(place), before + 1);
  }
  bool is_in(size_t place = 0) const { return backends[place]->may_be_chosen(); }

  // From now on the first backend's URL has a name.
  void give_name() {
    config::Backend named = backends[0]->config;
    named.url.host = "backend.test";
    backends[0] = std::make_shared<Backend>(named, nullptr);
  }
  // As control does with news from the resolver. The name's addresses are those of the servers with these
  // numbers.
  void resolve(std::initializer_list<size_t> numbers) {
    const auto list = std::make_shared<const AddressList>(at(numbers));
    pools.set_addresses(*backends[0], list);
    checker.set_addresses(*backends[0], list);
  }
  // Time passes, and so many checks of the first backend come to their end.
  void pass_to_results(Duration duration, uint64_t count) {
    const uint64_t before = checks();
    world.pass(duration);
    world.until([&] { return checks() == before + count; });
  }
  AddressList at(std::initializer_list<size_t> numbers) const {
    AddressList addresses;
    for (const size_t number : numbers)
      addresses.push_back(servers[number].address());
    return addresses;
  }

  test::LogTaker log;
  Rotation rotation{world.reactor.turn, log.log, this};
  std::deque<ScriptBackend> servers;
  std::vector<std::shared_ptr<Backend>> backends;
  HealthChecker checker{{world.reactor, pools, rotation, log.log}};
  std::vector<AddressList> usable;  // as the workers were told, from first to last

 private:
  void standing_changed(const Backend& /*backend*/) override {}
  void usable_addresses_changed(const Backend& /*backend*/,
                                std::shared_ptr<const AddressList> addresses) override {
    usable.push_back(*addresses);
  }
};

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

TEST_F(HealthCheckerTest, AsksTheUnknownAtOnceAndLetsThemInByOneSuccess) {
  add({.initial_state = config::InitialState::unhealthy});
  begin();
  EXPECT_FALSE(is_in());

  pass_to_result(seconds(0));

  EXPECT_TRUE(is_in());
  EXPECT_THAT(log.take(), EndsWith("info  Health check passed backend=a status=200\n"
                                   "info  Marked backend as healthy backend=a\n"
                                   "info  Added to load balancer backend=a reason=health_check\n"));
}

TEST_F(HealthCheckerTest, HoldsBackendsThatHaveACommandForUnknown) {
  add();
  config::Backend ours = backends[0]->config;
  ours.command = {"server"};
  backends[0] = std::make_shared<Backend>(ours, nullptr);
  begin();
  EXPECT_FALSE(is_in());

  pass_to_result(seconds(0));

  EXPECT_TRUE(is_in());
}

TEST_F(HealthCheckerTest, AsksTheUnknownAgainSoonUntilTheyAreWell) {
  add({.initial_state = config::InitialState::unhealthy}).stop();
  begin();
  pass_to_result(seconds(0));
  for (int i = 0; i < 3; ++i)
    pass_to_result(CheckedBackend::kStartPause);
  EXPECT_FALSE(is_in());
  servers[0].start();

  world.pass(CheckedBackend::kStartPause - milliseconds(1));
  EXPECT_EQ(checks(), 4U);
  pass_to_result(milliseconds(1));

  EXPECT_TRUE(is_in());
  world.pass(seconds(10) - 4 * CheckedBackend::kStartPause - milliseconds(1));
  EXPECT_EQ(checks(), 5U) << "the rhythm has not changed";
  pass_to_result(milliseconds(1));
}

TEST_F(HealthCheckerTest, LosesPatienceWithTheUnknownThatDoNotBecomeWell) {
  add({.interval = seconds(40), .initial_state = config::InitialState::unhealthy}).stop();
  begin();
  pass_to_result(seconds(0));

  pass_to_result(CheckedBackend::kStartPatience - milliseconds(1));
  pass_to_result(CheckedBackend::kStartPause);
  world.pass(CheckedBackend::kStartPause);
  EXPECT_EQ(checks(), 3U);
  servers[0].start();
  pass_to_result(seconds(40) - CheckedBackend::kStartPatience - 2 * CheckedBackend::kStartPause +
                 milliseconds(1));

  EXPECT_TRUE(is_in());
}

TEST_F(HealthCheckerTest, GoesOnWithTheUnknownWhenTheirConfigurationChanges) {
  add({.healthy_threshold = 3, .initial_state = config::InitialState::unhealthy}).stop();
  begin();
  pass_to_result(seconds(0));
  config::Backend changed = backends[0]->config;
  changed.weight = 2;
  backends[0] = std::make_shared<Backend>(changed, nullptr);

  begin();
  pass_to_result(seconds(0));
  servers[0].start();
  pass_to_result(CheckedBackend::kStartPause);

  EXPECT_TRUE(is_in());
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

TEST_F(HealthCheckerTest, FollowsTheAddressOfAName) {
  add();
  servers.emplace_back();
  give_name();
  begin();
  resolve({0});
  pass_to_result(seconds(10));
  EXPECT_EQ(servers[0].requests().size(), 1U);
  EXPECT_THAT(servers[0].requests()[0], HasSubstr("backend.test:"));

  resolve({1});
  pass_to_result(seconds(10));
  EXPECT_EQ(servers[0].requests().size(), 1U);
  EXPECT_EQ(servers[1].requests().size(), 1U);
}

TEST_F(HealthCheckerTest, FailsWhileANameHasNoAddress) {
  add();
  give_name();
  begin();
  resolve({});
  EXPECT_THAT(usable, ElementsAre(AddressList{}));  // who waits for one at a worker waits in vain

  pass_to_result(seconds(10));

  EXPECT_EQ(log.take(), "warn  Health check failed backend=a reason=\"the backend's name has no address\"\n");
}

TEST_F(HealthCheckerTest, ChecksEveryAddressOfAName) {
  add();
  servers.emplace_back();
  give_name();
  begin();
  resolve({0, 1});
  EXPECT_THAT(usable, ElementsAre(at({0, 1})));

  pass_to_results(seconds(10), 2);

  for (ScriptBackend& server : servers) {
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_THAT(server.requests()[0], HasSubstr("backend.test:"));
  }
  EXPECT_EQ(usable.size(), 1U);  // no news
}

TEST_F(HealthCheckerTest, LeavesOutTheAddressThatFailsWhileAnotherOneIsWell) {
  add({.unhealthy_threshold = 2, .healthy_threshold = 1});
  servers.emplace_back();
  give_name();
  begin();
  resolve({0, 1});
  servers[1].stop();
  const std::string address = servers[1].address().text();

  pass_to_results(seconds(10), 2);
  EXPECT_EQ(usable.size(), 1U);
  EXPECT_THAT(log.take(), HasSubstr("warn  Health check failed backend=a address=" + address + " reason="));
  pass_to_results(seconds(10), 2);
  EXPECT_EQ(usable.back(), at({0}));
  EXPECT_TRUE(is_in());
  EXPECT_THAT(log.take(), EndsWith("info  Marked address as unhealthy backend=a address=" + address + "\n"));

  servers[1].start();
  pass_to_results(seconds(10), 2);
  EXPECT_EQ(usable.back(), at({0, 1}));
  EXPECT_THAT(log.take(), HasSubstr("info  Marked address as healthy backend=a address=" + address + "\n"));
}

TEST_F(HealthCheckerTest, MarksTheBackendWhenItsLastAddressFailsAndWhenOneIsBack) {
  add({.unhealthy_threshold = 1, .healthy_threshold = 1});
  servers.emplace_back();
  give_name();
  begin();
  resolve({0, 1});
  servers[0].stop();
  pass_to_results(seconds(10), 2);
  ASSERT_EQ(usable.back(), at({1}));
  log.take();

  servers[1].stop();
  pass_to_results(seconds(10), 2);
  EXPECT_FALSE(is_in());
  EXPECT_EQ(usable.back(), at({0, 1}));  // for those who use unhealthy backends
  EXPECT_THAT(log.take(), EndsWith("info  Marked backend as unhealthy backend=a\n"
                                   "info  Removed from load balancer backend=a reason=health_check\n"));

  servers[0].start();
  pass_to_results(seconds(10), 2);
  EXPECT_TRUE(is_in());
  EXPECT_EQ(usable.back(), at({0}));
}

TEST_F(HealthCheckerTest, KeepsWhatItKnowsOfAddressesThatStay) {
  add({.unhealthy_threshold = 1});
  servers.emplace_back();
  servers.emplace_back();
  give_name();
  begin();
  resolve({0, 1});
  servers[1].stop();
  pass_to_results(seconds(10), 2);
  ASSERT_EQ(usable.back(), at({0}));

  resolve({1, 2});

  EXPECT_EQ(usable.back(), at({2}));
  resolve({1});
  EXPECT_EQ(usable.back(), at({1}));
  EXPECT_FALSE(is_in());  // nobody is left who is well
}

TEST_F(HealthCheckerTest, LetsANewAddressProveItselfWhereBackendsHaveTo) {
  add({.initial_state = config::InitialState::unhealthy});
  servers.emplace_back();
  give_name();
  begin();
  resolve({0});
  pass_to_result(seconds(0));
  ASSERT_TRUE(is_in());

  resolve({0, 1});
  EXPECT_EQ(usable.back(), at({0}));

  pass_to_results(seconds(0), 2);  // at once
  EXPECT_EQ(usable.back(), at({0, 1}));
}

TEST_F(HealthCheckerTest, AsksNoneAgainSoonButTheAddressThatIsUnknown) {
  add({.initial_state = config::InitialState::unhealthy});
  servers.emplace_back().stop();
  give_name();
  begin();
  resolve({0});
  pass_to_result(seconds(0));
  resolve({0, 1});
  pass_to_results(seconds(0), 2);
  ASSERT_EQ(usable.back(), at({0}));

  servers[1].start();
  pass_to_result(CheckedBackend::kStartPause);

  EXPECT_EQ(usable.back(), at({0, 1}));
  EXPECT_EQ(servers[1].requests().size(), 1U);
}

TEST_F(HealthCheckerTest, TakesOverWhatItKnowsOfAddressesWhenTheConfigurationChanges) {
  add({.unhealthy_threshold = 1});
  servers.emplace_back();
  give_name();
  begin();
  resolve({0, 1});
  servers[1].stop();
  pass_to_results(seconds(10), 2);
  config::Backend changed = backends[0]->config;
  changed.weight = 5;
  backends[0] = std::make_shared<Backend>(changed, nullptr);

  begin();
  resolve({0, 1});

  EXPECT_EQ(usable.back(), at({0}));
}

TEST_F(HealthCheckerTest, PassesOnTheAddressesOfWhomNobodyWantsChecked) {
  add();
  give_name();
  config::Backend unchecked = backends[0]->config;
  unchecked.health_check.enabled = false;
  backends[0] = std::make_shared<Backend>(unchecked, nullptr);
  begin();

  resolve({0});

  EXPECT_THAT(usable, ElementsAre(at({0})));
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
