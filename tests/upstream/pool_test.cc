#include "upstream/pool.h"

#include <gtest/gtest.h>

#include "support/pool_world.h"

namespace qp::upstream {
namespace {

using std::chrono::seconds;
using test::LineClient;
using PoolTest = test::PoolWorld;

TEST_F(PoolTest, ConnectsForTheFirstRequest) {
  make_pool();

  LineClient& client = open();
  EXPECT_TRUE(client.is_waiting());
  until_answered(client);

  EXPECT_EQ(client.told, 1);
  EXPECT_FALSE(client.attempt.is_reused());
  EXPECT_EQ(client.attempt.backend()->config.name, "one");
  EXPECT_EQ(pool->live_connections(), 1U);
  EXPECT_EQ(pool->active(), 1U);
}

TEST_F(PoolTest, ReusesAnIdleConnectionAtOnce) {
  make_pool();
  rest_one();

  LineClient& client = open();

  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(client.told, 0);
  EXPECT_TRUE(client.attempt.is_reused());
  until_answered(client);
  EXPECT_EQ(backend.accepted(), 1U);
}

TEST_F(PoolTest, ReusesTheMostRecentlyIdleConnection) {
  make_pool();
  LineClient& first = open();
  LineClient& second = open();
  until_answered(first);
  until_answered(second);
  const uint64_t first_connection = first.attempt.stream().peer->connection_id;
  const uint64_t second_connection = second.attempt.stream().peer->connection_id;
  second.release();
  world.turn();
  first.release();
  world.turn();
  ASSERT_EQ(pool->idle_connections(), 2U);

  EXPECT_EQ(open().attempt.stream().peer->connection_id, first_connection);
  EXPECT_EQ(open().attempt.stream().peer->connection_id, second_connection);
}

TEST_F(PoolTest, OpensNoMoreConnectionsThanAllowed) {
  config.pool.connections_max = 2;
  make_pool();
  LineClient& first = open();
  LineClient& second = open();
  LineClient& third = open();
  until_answered(first);
  until_answered(second);

  EXPECT_TRUE(third.is_waiting());
  EXPECT_EQ(pool->live_connections(), 2U);
  second.release();
  until_answered(third);
  EXPECT_TRUE(third.attempt.is_reused());
  EXPECT_EQ(backend.accepted(), 2U);
}

TEST_F(PoolTest, ServesThoseFirstWhoWaitLongest) {
  config.pool.connections_max = 1;
  make_pool();
  LineClient& first = open();
  until_answered(first);
  LineClient& second = open();
  LineClient& third = open();

  first.release();
  until_answered(second);

  EXPECT_TRUE(third.is_waiting());
  second.release();
  until_answered(third);
}

TEST_F(PoolTest, RefusesOneMoreThanMayWait) {
  config.pool.connections_max = 1;
  config.pool.pending_requests_max = 2;
  make_pool();
  until_answered(open());
  EXPECT_TRUE(open().is_waiting());
  EXPECT_FALSE(pool->find_overflow(Try::first));
  EXPECT_TRUE(open().is_waiting());
  EXPECT_TRUE(pool->find_overflow(Try::first));

  LineClient& surplus = open();

  ASSERT_TRUE(surplus.has_failed());
  EXPECT_EQ(surplus.attempt.error().code, ErrorCode::exhausted);
  EXPECT_EQ(surplus.attempt.error().origin, Origin::self);
  EXPECT_EQ(surplus.told, 0);
  EXPECT_EQ(pool->active(), 3U);
}

TEST_F(PoolTest, LetsNobodyWaitPastTheDeadline) {
  config.pool.connections_max = 1;
  make_pool();
  until_answered(open());
  LineClient& waiting = open(seconds(5));
  world.pass(seconds(4));
  ASSERT_TRUE(waiting.is_waiting());

  world.pass(seconds(1));

  ASSERT_TRUE(waiting.has_failed());
  EXPECT_EQ(waiting.attempt.error().code, ErrorCode::exhausted);
  EXPECT_EQ(waiting.told, 1);
  EXPECT_EQ(pool->waiting(), 0U);
}

TEST_F(PoolTest, ForgetsWhoStopsWaiting) {
  config.pool.connections_max = 1;
  make_pool();
  LineClient& first = open();
  until_answered(first);
  LineClient& second = open();
  LineClient& third = open();

  second.release();
  EXPECT_EQ(pool->waiting(), 1U);
  first.release();

  until_answered(third);
  EXPECT_EQ(pool->active(), 1U);
}

TEST_F(PoolTest, KeepsNoMoreIdleConnectionsThanAllowed) {
  config.pool.idle_connections_max = 1;
  make_pool();
  LineClient& first = open();
  LineClient& second = open();
  until_answered(first);
  until_answered(second);

  first.release();
  second.release();

  world.until([&] { return pool->live_connections() == 1; });
  EXPECT_EQ(pool->idle_connections(), 1U);
}

TEST_F(PoolTest, ClosesAConnectionThatRestsForTooLong) {
  make_pool();
  rest_one();
  world.pass(config.pool.idle_timeout - seconds(1));
  ASSERT_EQ(pool->idle_connections(), 1U);

  world.pass(seconds(1));

  EXPECT_EQ(pool->idle_connections(), 0U);
  EXPECT_EQ(pool->live_connections(), 0U);
}

TEST_F(PoolTest, NoticesThatTheBackendClosedAnIdleConnection) {
  make_pool();
  rest_one();

  backend.close_connections();

  world.until([&] { return pool->idle_connections() == 0; });
  LineClient& client = open();
  until_answered(client);
  EXPECT_FALSE(client.attempt.is_reused());
}

TEST_F(PoolTest, TakesAFreshConnectionWhenAskedTo) {
  make_pool();
  rest_one();

  LineClient& client = open(seconds(5), Reuse::never);
  until_answered(client);

  EXPECT_FALSE(client.attempt.is_reused());
  EXPECT_EQ(backend.accepted(), 2U);
  EXPECT_EQ(pool->idle_connections(), 1U);
}

TEST_F(PoolTest, MakesRoomForAFreshConnectionByClosingAnIdleOne) {
  config.pool.connections_max = 1;
  make_pool();
  rest_one();

  LineClient& client = open(seconds(5), Reuse::never);
  until_answered(client);

  EXPECT_FALSE(client.attempt.is_reused());
  EXPECT_EQ(pool->live_connections(), 1U);
}

TEST_F(PoolTest, SaysThatTheBackendRefused) {
  backend.stop_listening();
  make_pool();

  LineClient& client = open();
  world.until([&] { return client.has_failed(); });

  EXPECT_EQ(client.attempt.error().code, ErrorCode::refused);
  EXPECT_EQ(client.attempt.error().origin, Origin::upstream);
  EXPECT_EQ(pool->live_connections(), 0U);
  EXPECT_EQ(pool->active(), 0U);
}

TEST_F(PoolTest, IsInDoubtWhenNoConnectionComesAbout) {
  backend.stop_listening();
  make_pool();
  ASSERT_FALSE(pool->is_in_doubt());

  LineClient& client = open();
  world.until([&] { return client.has_failed(); });

  EXPECT_TRUE(pool->is_in_doubt());
}

TEST_F(PoolTest, IsNotInDoubtWhileThereIsAConnection) {
  make_pool();
  LineClient& served = open();
  until_answered(served);
  backend.stop_listening();

  LineClient& client = open();
  world.until([&] { return client.has_failed(); });

  EXPECT_FALSE(pool->is_in_doubt());
}

TEST_F(PoolTest, FailsEverybodyWhoWaitsForABackendThatRefuses) {
  config.pool.connections_max = 2;
  backend.stop_listening();
  make_pool();

  for (int i = 0; i < 10; ++i)
    open();

  for (LineClient& client : clients)
    world.until([&] { return client.has_failed(); });
  EXPECT_EQ(pool->active(), 0U);
}

TEST_F(PoolTest, TellsAStreamWhoseBackendClosed) {
  backend.settings().answers = false;
  make_pool();
  LineClient& client = open();
  world.until([&] { return client.is_open() && backend.live() == 1; });
  world.turn();

  backend.close_connections();

  world.until([&] { return client.has_fault(); });
  EXPECT_EQ(pool->live_connections(), 0U);
  EXPECT_FALSE(pool->is_unused());  // the attempt still holds it
  client.release();
  world.turn();
  EXPECT_TRUE(pool->is_unused());
}

TEST_F(PoolTest, DrainsWhenItsConnectionsHaveFinished) {
  make_pool();
  LineClient& busy = open();
  until_answered(busy);
  rest_one();

  pool->drain();
  world.turn();
  EXPECT_EQ(pool->live_connections(), 1U);
  busy.release();

  world.until([&] { return pool->is_unused(); });
}

}  // namespace
}  // namespace qp::upstream
