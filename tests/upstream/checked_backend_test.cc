#include "upstream/checked_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/checker_world.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ScriptBackend;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class CheckedBackendTest : public test::CheckerWorld {
 protected:
  // One backend, whose name has the addresses of two servers.
  void begin_with_two_addresses(const config::HealthCheck& check = {}) {
    add(check);
    servers.emplace_back();
    give_name();
    begin();
    resolve({0, 1});
  }
};

TEST_F(CheckedBackendTest, AsksTheUnknownAtOnceAndLetsThemInByOneSuccess) {
  add({.initial_state = config::InitialState::unhealthy});
  begin();
  EXPECT_FALSE(is_in());

  pass_to_result(seconds(0));

  EXPECT_TRUE(is_in());
  EXPECT_THAT(log.take(), EndsWith("info  Health check passed backend=a status=200\n"
                                   "info  Marked backend as healthy backend=a\n"
                                   "info  Added to load balancer backend=a reason=health_check\n"));
}

TEST_F(CheckedBackendTest, HoldsBackendsThatHaveACommandForUnknown) {
  add();
  config::Backend ours = backends[0]->config;
  ours.command = {"server"};
  backends[0] = std::make_shared<Backend>(ours, nullptr);
  begin();
  EXPECT_FALSE(is_in());

  pass_to_result(seconds(0));

  EXPECT_TRUE(is_in());
}

TEST_F(CheckedBackendTest, AsksTheUnknownAgainSoonUntilTheyAreWell) {
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

TEST_F(CheckedBackendTest, LosesPatienceWithTheUnknownThatDoNotBecomeWell) {
  add({.interval = seconds(40), .initial_state = config::InitialState::unhealthy}).stop();
  begin();
  pass_to_result(seconds(0));

  pass_to_result(CheckedBackend::kStartPatience - milliseconds(1));
  world.pass(CheckedBackend::kStartPause);
  EXPECT_EQ(checks(), 2U);
  servers[0].start();
  pass_to_result(seconds(40) - CheckedBackend::kStartPatience - CheckedBackend::kStartPause +
                 milliseconds(1));

  EXPECT_TRUE(is_in());
}

TEST_F(CheckedBackendTest, GoesOnWithTheUnknownWhenTheirConfigurationChanges) {
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

// ---- names

TEST_F(CheckedBackendTest, FollowsTheAddressOfAName) {
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

TEST_F(CheckedBackendTest, FailsWhileANameHasNoAddress) {
  add();
  give_name();
  begin();
  resolve({});
  EXPECT_THAT(usable, ElementsAre(AddressList{}));  // who waits for one at a worker waits in vain

  pass_to_result(seconds(10));

  EXPECT_EQ(log.take(), "warn  Health check failed backend=a reason=\"the backend's name has no address\"\n");
}

TEST_F(CheckedBackendTest, ChecksEveryAddressOfAName) {
  begin_with_two_addresses();
  EXPECT_THAT(usable, ElementsAre(at({0, 1})));

  pass_to_results(seconds(10), 2);

  for (ScriptBackend& server : servers) {
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_THAT(server.requests()[0], HasSubstr("backend.test:"));
  }
  EXPECT_EQ(usable.size(), 1U);  // no news
}

TEST_F(CheckedBackendTest, LeavesOutTheAddressThatFailsWhileAnotherOneIsWell) {
  begin_with_two_addresses({.unhealthy_threshold = 2, .healthy_threshold = 1});
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

TEST_F(CheckedBackendTest, MarksTheBackendWhenItsLastAddressFailsAndWhenOneIsBack) {
  begin_with_two_addresses({.unhealthy_threshold = 1, .healthy_threshold = 1});
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

TEST_F(CheckedBackendTest, KeepsWhatItKnowsOfAddressesThatStay) {
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

TEST_F(CheckedBackendTest, LetsANewAddressProveItselfWhereBackendsHaveTo) {
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

TEST_F(CheckedBackendTest, AsksNoneAgainSoonButTheAddressThatIsUnknown) {
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

TEST_F(CheckedBackendTest, TakesOverWhatItKnowsOfAddressesWhenTheConfigurationChanges) {
  begin_with_two_addresses({.unhealthy_threshold = 1});
  servers[1].stop();
  pass_to_results(seconds(10), 2);
  config::Backend changed = backends[0]->config;
  changed.weight = 5;
  backends[0] = std::make_shared<Backend>(changed, nullptr);

  begin();
  resolve({0, 1});

  EXPECT_EQ(usable.back(), at({0}));
}

TEST_F(CheckedBackendTest, PassesOnTheAddressesOfWhomNobodyWantsChecked) {
  add();
  give_name();
  config::Backend unchecked = backends[0]->config;
  unchecked.health_check.enabled = false;
  backends[0] = std::make_shared<Backend>(unchecked, nullptr);
  begin();

  resolve({0});

  EXPECT_THAT(usable, ElementsAre(at({0})));
}

}  // namespace
}  // namespace qp::upstream
