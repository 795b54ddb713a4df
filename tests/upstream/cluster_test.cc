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
      config.backends.push_back(std::make_shared<Backend>(backend, nullptr));
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

}  // namespace
}  // namespace qp::upstream
