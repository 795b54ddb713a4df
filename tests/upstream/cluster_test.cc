#include "upstream/cluster.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "support/line_backend.h"
#include "support/line_client.h"
#include "support/log_taker.h"
#include "upstream/rotation.h"

namespace qp::upstream {
namespace {

using std::chrono::seconds;
using test::LineBackend;
using test::LineClient;

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    client_codecs.settings.role = codec::Role::client;
    for (int i = 0; i < 3; ++i) {
      servers.emplace_back(world);
      config::Backend backend;
      backend.name = std::string(1, static_cast<char>('a' + i));
      backend.url.host = "127.0.0.1";
      backend.url.port = servers.back().port();
      backend.pool.connections_max = 1;
      backend.pool.pending_requests_max = 2;
      backend.pool.retries_max = 1;
      const auto number = static_cast<unsigned>(i);
      const CookieTokens tokens{.current = 100U + number, .former = {200U + number, 300U + number}};
      config.backends.push_back(std::make_shared<Backend>(backend, nullptr, 0, tokens));
    }
    cluster = std::make_unique<Cluster>(config, pools);
    world.advance = [this] {
      for (LineBackend& server : servers)
        server.accept();
      for (LineClient& client : clients)
        client.advance();
    };
  }
  ~ClusterTest() override {
    for (LineClient& client : clients)
      client.release();
    cluster.reset();
    pools.close_all();
    for (int i = 0; i < 3; ++i)
      world.turn();
    pools.sweep();
    EXPECT_EQ(pools.size(), 0U);
  }

  LineClient& open(const OpenRequest& request = {}) {
    clients.emplace_back();
    cluster->open(clients.back().attempt, request);
    return clients.back();
  }
  static std::string served_by(const LineClient& client) { return client.attempt.backend()->config.name; }

  test::ReactorWorld world;
  test::LogTaker log;
  Rotation rotation{world.reactor.turn, log.log};
  test::LineCodecs client_codecs;
  Pools pools{world.reactor, client_codecs, 0};
  std::deque<LineBackend> servers;
  ClusterConfig config;
  std::unique_ptr<Cluster> cluster;
  std::deque<LineClient> clients;
};

TEST_F(ClusterTest, GoesRoundItsBackends) {
  std::string order;
  for (int i = 0; i < 6; ++i) {
    LineClient& client = open();
    world.until([&] { return client.is_answered(); });
    order += served_by(client);
    client.release();
    world.turn();
  }
  EXPECT_EQ(order, "abcabc");
}

TEST_F(ClusterTest, PassesOverTheUnhealthy) {
  rotation.set_healthy(*config.backends[1], false);

  std::map<std::string, int> served;
  for (int i = 0; i < 4; ++i)
    ++served[served_by(open())];

  EXPECT_EQ(served, (std::map<std::string, int>{{"a", 2}, {"c", 2}}));
  EXPECT_EQ(cluster->usable_backends(), 2U);
}

TEST_F(ClusterTest, PassesOverTheTried) {
  const Backend* const tried[] = {config.backends[0].get(), config.backends[2].get()};

  EXPECT_EQ(served_by(open({.tried = tried})), "b");
  EXPECT_EQ(served_by(open({.tried = tried})), "b");
}

TEST_F(ClusterTest, FailsAtOnceWhenAllAreUnhealthy) {
  for (const auto& backend : config.backends)
    rotation.set_healthy(*backend, false);

  LineClient& client = open();

  ASSERT_TRUE(client.has_failed());
  EXPECT_EQ(client.attempt.error().code, ErrorCode::unreachable);
  EXPECT_EQ(client.attempt.error().origin, Origin::self);  // nobody was asked
  EXPECT_EQ(client.attempt.backend(), nullptr);
  EXPECT_EQ(client.told, 0);
}

TEST_F(ClusterTest, PassesOverTheFullAndFailsWhenAllAreFull) {
  for (LineBackend& server : servers)
    server.settings().answers = false;
  std::map<std::string, int> served;
  for (int i = 0; i < 3; ++i)
    ++served[served_by(open())];
  world.until([&] { return clients[0].is_open() && clients[1].is_open() && clients[2].is_open(); });
  for (int i = 0; i < 6; ++i)
    ++served[served_by(open())];  // these wait
  EXPECT_EQ(served, (std::map<std::string, int>{{"a", 3}, {"b", 3}, {"c", 3}}));

  LineClient& surplus = open();

  ASSERT_TRUE(surplus.has_failed());
  EXPECT_EQ(surplus.attempt.error().code, ErrorCode::exhausted);
  EXPECT_EQ(surplus.attempt.error().origin, Origin::self);
}

TEST_F(ClusterTest, TakesTheNextBackendWhenOneHasNoAddress) {
  config::Backend nameless = config.backends[0]->config;
  nameless.url.host = "backend.example";
  config.backends[0] = std::make_shared<Backend>(nameless, nullptr);
  cluster = std::make_unique<Cluster>(config, pools);
  pools.set_addresses(*config.backends[0], std::make_shared<AddressList>());

  LineClient& client = open();  // a's turn

  EXPECT_TRUE(client.is_waiting());
  EXPECT_NE(served_by(client), "a");
}

TEST_F(ClusterTest, PassesOverTheOneThatNobodyReachedAMomentAgo) {
  servers[0].stop_listening();
  LineClient& first = open();
  ASSERT_EQ(served_by(first), "a");
  world.until([&] { return first.has_failed(); });

  std::map<std::string, int> served;
  for (int i = 0; i < 4; ++i)
    ++served[served_by(open())];
  world.pass(Reach::kPatience);
  for (int i = 0; i < 3; ++i)  // one of them finds out
    ++served[served_by(open())];

  EXPECT_EQ(served["a"], 1);
}

TEST_F(ClusterTest, AsksWhomNobodyReachedWhereThereIsNobodyElse) {
  for (const size_t place : {1U, 2U})
    rotation.set_healthy(*config.backends[place], false);
  servers[0].stop_listening();
  LineClient& first = open();
  world.until([&] { return first.has_failed(); });

  EXPECT_EQ(served_by(open()), "a");
}

TEST_F(ClusterTest, GivesUpAConnectionThatTakesTooLong) {
  config::Backend nameless = config.backends[0]->config;
  nameless.url.host = "backend.example";
  config.backends = {std::make_shared<Backend>(nameless, nullptr)};
  cluster = std::make_unique<Cluster>(config, pools);
  LineClient& client = open({.connect_timeout = seconds(3)});
  world.pass(seconds(2));
  ASSERT_TRUE(client.is_waiting());

  world.pass(seconds(1));

  ASSERT_TRUE(client.has_failed());
  EXPECT_EQ(client.told, 1);
  EXPECT_EQ(client.attempt.ended_at() - client.attempt.began_at(), seconds(3));
}

TEST_F(ClusterTest, SharesThePoolsOfABackendWithOtherClusters) {
  const auto other = std::make_unique<Cluster>(config, pools);
  EXPECT_EQ(pools.size(), 3U);
  LineClient& client = open();
  world.until([&] { return client.is_answered(); });
  client.release();
  world.turn();

  LineClient& next = clients.emplace_back();
  other->open(next.attempt, {});

  EXPECT_EQ(served_by(next), "a");
  EXPECT_TRUE(next.attempt.is_reused());
}

TEST_F(ClusterTest, KeepsThePoolOfABackendThatANewSnapshotStillHas) {
  LineClient& client = open();
  world.until([&] { return client.is_answered(); });
  client.release();
  world.turn();
  ClusterConfig changed = config;
  changed.backends.resize(1);

  auto next = std::make_unique<Cluster>(changed, pools);
  cluster = std::move(next);
  world.turn();
  pools.sweep();

  EXPECT_EQ(pools.size(), 1U);
  EXPECT_TRUE(open().attempt.is_reused());
}

TEST_F(ClusterTest, LeastConnectionsSeesWhatIsUnderWay) {
  config.load_balancer.algorithm = config::Algorithm::least_connections;
  cluster = std::make_unique<Cluster>(config, pools);
  for (LineBackend& server : servers)
    server.settings().answers = false;
  std::map<std::string, int> served;
  for (int i = 0; i < 3; ++i)
    ++served[served_by(open())];
  EXPECT_EQ(served, (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}}));

  clients[1].release();
  const std::string freed = clients[1].attempt.backend()->config.name;

  EXPECT_EQ(served_by(open()), freed);
}

TEST_F(ClusterTest, PassesOverTheOneThatTakesNoMoreRetries) {
  std::map<std::string, int> served;
  for (int i = 0; i < 3; ++i)
    ++served[served_by(open({.nth = Try::again}))];
  EXPECT_EQ(served, (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}}));

  LineClient& surplus = open({.nth = Try::again});

  ASSERT_TRUE(surplus.has_failed());
  EXPECT_EQ(surplus.attempt.error().code, ErrorCode::exhausted);
  EXPECT_FALSE(open().has_failed());
}

class MinimumHealthyTest : public ClusterTest {
 protected:
  // Of a, b and c.
  void set_unhealthy(std::initializer_list<int> which) {
    for (const int i : which)
      rotation.set_healthy(*config.backends[static_cast<size_t>(i)], false);
  }
  void set_minimum(config::Minimum minimum) {
    config.load_balancer.minimum_healthy = minimum;
    cluster = std::make_unique<Cluster>(config, pools);
  }
  // Who serves six requests.
  std::string served() {
    std::string names;
    for (int i = 0; i < 6; ++i) {
      LineClient& client = open();
      names += client.has_failed() ? "-" : served_by(client);
      client.release();
    }
    return names;
  }
};

TEST_F(MinimumHealthyTest, IsMetByThatMany) {
  set_minimum({.value = 2});
  set_unhealthy({0});
  EXPECT_EQ(served(), "bcbcbc");
  EXPECT_FALSE(cluster->is_below_minimum());
}

TEST_F(MinimumHealthyTest, UsesAllWhereThereAreFewer) {
  set_minimum({.value = 2});
  set_unhealthy({0, 1});
  EXPECT_EQ(served(), "abcabc");
  EXPECT_TRUE(cluster->is_below_minimum());
}

TEST_F(MinimumHealthyTest, MayBeAShare) {
  set_minimum({.value = 50, .is_percent = true});  // of three: two
  set_unhealthy({0});
  EXPECT_EQ(served(), "bcbcbc");

  set_unhealthy({1});
  EXPECT_EQ(served(), "abcabc");
}

TEST_F(MinimumHealthyTest, UsesNoneThatWasTakenOutByHand) {
  set_minimum({.value = 3});
  set_unhealthy({0});
  rotation.set_service(*config.backends[1], Service::draining);
  EXPECT_EQ(served(), "acacac");
}

TEST_F(MinimumHealthyTest, IsOffByDefault) {
  set_unhealthy({0, 1});
  EXPECT_EQ(served(), "cccccc");

  set_unhealthy({2});
  EXPECT_EQ(served(), "------");
}

TEST(MinimumTest, IsACountOrAShareRoundedUp) {
  EXPECT_EQ(members_of({}, 3), 0U);
  EXPECT_EQ(members_of({.value = 2}, 3), 2U);
  EXPECT_EQ(members_of({.value = 5}, 3), 3U);
  EXPECT_EQ(members_of({.value = 50, .is_percent = true}, 3), 2U);
  EXPECT_EQ(members_of({.value = 50, .is_percent = true}, 4), 2U);
  EXPECT_EQ(members_of({.value = 1, .is_percent = true}, 3), 1U);
  EXPECT_EQ(members_of({.value = 100, .is_percent = true}, 3), 3U);
}

class StickyTest : public ClusterTest {};

TEST_F(StickyTest, SendsAClientToTheBackendOfItsToken) {
  for (int i = 0; i < 3; ++i) {
    LineClient& client = open({.token = 101});
    EXPECT_EQ(served_by(client), "b");
    client.release();
  }
}

TEST_F(StickyTest, KnowsTheTokensThatWereMadeUnderFormerSecrets) {
  for (const uint64_t token : {201U, 301U})
    EXPECT_EQ(served_by(open({.token = token})), "b") << token;
}

TEST_F(StickyTest, LetsTheBalancerChooseForAnUnknownToken) {
  std::string names;
  for (int i = 0; i < 3; ++i)
    names += served_by(open({.token = 999}));
  EXPECT_EQ(names, "abc");
}

TEST_F(StickyTest, FallsBackWhereTheBackendMayNotBeChosen) {
  rotation.set_healthy(*config.backends[1], false);
  EXPECT_NE(served_by(open({.token = 101})), "b");

  rotation.set_healthy(*config.backends[1], true);
  EXPECT_EQ(served_by(open({.token = 101})), "b");

  const Backend* const tried[] = {config.backends[1].get()};
  EXPECT_NE(served_by(open({.token = 101, .tried = tried})), "b");
}

TEST_F(StickyTest, FallsBackWhereTheBackendIsFull) {
  for (LineBackend& server : servers)
    server.settings().answers = false;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(served_by(open({.token = 101})), i < 2 ? "b" : "a");  // two may wait
}

class SlowStartTest : public ClusterTest {
 protected:
  SlowStartTest() {
    config.load_balancer.slow_start = seconds(100);
    cluster = std::make_unique<Cluster>(config, pools);
    for (const auto& backend : config.backends)
      rotation.begin(*backend);
    world.reactor.turn.now += seconds(1000);
  }
  void bring_back(size_t which) {
    rotation.set_healthy(*config.backends[which], false);
    rotation.set_healthy(*config.backends[which], true);
  }
  // Of 3,000 requests.
  double share_of(const std::string& name) {
    int served = 0;
    LineClient client;
    for (int i = 0; i < 3000; ++i) {
      cluster->open(client.attempt, {});
      served += served_by(client) == name ? 1 : 0;
      client.release();
    }
    return served / 3000.0;
  }
};

TEST_F(SlowStartTest, GrowsFromATenthToTheWholeShare) {
  bring_back(1);
  EXPECT_NEAR(share_of("b"), 0.1 / 2.1, 0.02);
  world.reactor.turn.now += seconds(50);
  EXPECT_NEAR(share_of("b"), 0.55 / 2.55, 0.02);
  world.reactor.turn.now += seconds(50);
  EXPECT_NEAR(share_of("b"), 1.0 / 3, 0.001);
}

TEST_F(SlowStartTest, IsNoneWhereAllHaveJustBegun) {
  for (const size_t i : {0U, 1U, 2U})
    bring_back(i);
  EXPECT_NEAR(share_of("b"), 1.0 / 3, 0.001);
}

TEST_F(SlowStartTest, IsNoneWhereNobodyElseIsLeft) {
  bring_back(1);
  rotation.set_healthy(*config.backends[0], false);
  rotation.set_healthy(*config.backends[2], false);
  EXPECT_EQ(share_of("b"), 1.0);
}

TEST_F(SlowStartTest, DoesNotSendStickyClientsAway) {
  bring_back(1);
  for (int i = 0; i < 20; ++i) {
    LineClient& client = open({.token = 101});
    EXPECT_EQ(served_by(client), "b");
    client.release();
  }
}

}  // namespace
}  // namespace qp::upstream
