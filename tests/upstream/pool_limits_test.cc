// What a pool refuses, who gets the next free connection, and what becomes of it all when the backend goes
// out of service.
#include <string>

#include "support/pool_world.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::LineClient;

class PoolLimitsTest : public test::PoolWorld {
 protected:
  // Everything that is asked for stays under way.
  Pool& make_silent_pool() {
    backend.settings().answers = false;
    return make_pool();
  }
  static std::string why(const LineClient& client) {
    EXPECT_TRUE(client.has_failed());
    EXPECT_EQ(client.attempt.error().code, ErrorCode::exhausted);
    EXPECT_EQ(client.attempt.error().origin, Origin::self);
    return client.attempt.error().detail;
  }
};

TEST_F(PoolLimitsTest, TakesNoMoreRequestsThanAllowed) {
  config.pool.requests_max = 2;
  make_silent_pool();
  LineClient& first = open();
  LineClient& second = open();
  world.until([&] { return first.is_open() && second.is_open(); });

  EXPECT_TRUE(pool->is_full());
  EXPECT_EQ(why(open()), "too many requests are under way at the backends");
  EXPECT_EQ(pool->active(), 2U);
  EXPECT_EQ(pool->counters().request_overflows, 1U);

  first.release();
  EXPECT_FALSE(pool->is_full());
  EXPECT_FALSE(open().has_failed());
}

TEST_F(PoolLimitsTest, TakesNoMoreRetriesThanAllowed) {
  config.pool.retries_max = 2;
  make_silent_pool();
  open_again();
  LineClient& second = open_again();

  EXPECT_EQ(why(open_again()), "too many retries are under way at the backends");
  EXPECT_FALSE(open().has_failed());
  EXPECT_EQ(pool->retries(), 2U);
  EXPECT_EQ(pool->counters().retry_overflows, 1U);

  second.release();
  EXPECT_EQ(pool->retries(), 1U);
  EXPECT_FALSE(open_again().has_failed());
}

TEST_F(PoolLimitsTest, TakesNoRetryWhereNoneIsAllowed) {
  config.pool.retries_max = 0;
  make_silent_pool();
  EXPECT_TRUE(open_again().has_failed());
  EXPECT_FALSE(open().has_failed());
}

TEST_F(PoolLimitsTest, LetsNoMoreRequestsWaitThanAllowed) {
  config.pool.connections_max = 1;
  config.pool.pending_requests_max = 2;
  make_silent_pool();
  LineClient& first = open();
  world.until([&] { return first.is_open(); });
  EXPECT_TRUE(open().is_waiting());
  EXPECT_FALSE(pool->is_full());
  EXPECT_TRUE(open().is_waiting());
  EXPECT_TRUE(pool->is_full());

  EXPECT_EQ(why(open()), "too many requests wait for the backends");
  EXPECT_EQ(pool->counters().pending_overflows, 1U);
  EXPECT_EQ(pool->waiting(), 2U);
}

TEST_F(PoolLimitsTest, CountsARetryThatFailedNoLonger) {
  config.pool.retries_max = 1;
  backend.stop_listening();
  make_pool();
  LineClient& refused = open_again();
  world.until([&] { return refused.has_failed(); });

  EXPECT_EQ(pool->retries(), 0U);
  EXPECT_EQ(pool->counters().connects, 1U);
  EXPECT_EQ(pool->counters().connect_failures, 1U);
  EXPECT_FALSE(open_again().has_failed());
}

TEST_F(PoolLimitsTest, ServesWhoeverWaitsLongest) {
  config.pool.connections_max = 1;
  make_pool();
  LineClient& first = open();
  for (int i = 0; i < 20; ++i)
    open();
  until_answered(first);

  first.release();
  for (size_t next = 1; next < clients.size(); ++next) {
    until_answered(clients[next]);
    for (size_t later = next + 1; later < clients.size(); ++later)
      ASSERT_TRUE(clients[later].is_waiting()) << later << " before " << next;
    clients[next].release();
  }
  EXPECT_EQ(backend.accepted(), 1U);
}

TEST_F(PoolLimitsTest, ConnectsAtOnceToABackendThatIsBack) {
  backend.stop_listening();
  make_pool();
  LineClient& refused = open();
  world.until([&] { return refused.has_failed(); });
  test::LineBackend restarted{world, "127.0.0.1", backend.port()};
  const auto serve = world.advance;
  world.advance = [&] {
    restarted.accept();
    serve();
  };

  LineClient& client = open();  // no time has passed, and its only address rests

  until_answered(client);
  EXPECT_EQ(restarted.accepted(), 1U);
  client.release();
  pool->close();
  for (int i = 0; i < 3; ++i)
    world.turn();
  world.advance = serve;
}

TEST_F(PoolLimitsTest, SendsWhoWaitsElsewhereWhenTheBackendBecomesUnhealthy) {
  config.pool.connections_max = 1;
  make_silent_pool();
  LineClient& busy = open();
  world.until([&] { return busy.is_open(); });
  LineClient& waiting = open();

  set_healthy(false);

  ASSERT_TRUE(waiting.has_failed());
  EXPECT_EQ(waiting.told, 1);
  EXPECT_EQ(waiting.attempt.error().code, ErrorCode::exhausted);  // not its fault,
  EXPECT_EQ(waiting.attempt.error().origin, Origin::upstream);    // and it may be tried elsewhere
  EXPECT_TRUE(busy.is_open());
  EXPECT_EQ(pool->waiting(), 0U);
}

TEST_F(PoolLimitsTest, ServesAnUnhealthyBackendIfItIsAskedTo) {
  make_pool();
  set_healthy(false);
  until_answered(open());
}

TEST_F(PoolLimitsTest, FinishesWhatIsUnderWayAtADrainingBackendAndKeepsNothing) {
  make_pool();
  LineClient& busy = open();
  until_answered(busy);
  rest_one();
  ASSERT_EQ(pool->idle_connections(), 1U);

  set_service(Service::draining);
  world.turn();
  EXPECT_EQ(pool->idle_connections(), 0U);
  EXPECT_EQ(pool->live_connections(), 1U);
  EXPECT_TRUE(busy.is_answered());

  busy.release();
  world.until([&] { return pool->live_connections() == 0; });
}

TEST_F(PoolLimitsTest, KeepsConnectionsAgainAfterADrainingBackendWasStarted) {
  make_pool();
  set_service(Service::draining);
  set_service(Service::running);
  rest_one();
  EXPECT_EQ(pool->idle_connections(), 1U);
}

TEST_F(PoolLimitsTest, MeasuresLatencyWhereItIsAskedTo) {
  make_pool();
  const Latency& latency = pool->measure_latency();
  LineClient& client = open();
  world.until([&] { return client.is_open(); });
  world.reactor.turn.now += milliseconds(30);
  client.attempt.note_answer(world.reactor.turn.now);
  EXPECT_EQ(latency.nanoseconds(world.reactor.turn.now), 30e6);
}

TEST_F(PoolLimitsTest, TakesARequestThatWasGivenUpForASlowOne) {
  make_silent_pool();
  const Latency& latency = pool->measure_latency();
  LineClient& client = open();
  world.until([&] { return client.is_open(); });
  world.reactor.turn.now += seconds(5);
  client.release();
  EXPECT_EQ(latency.nanoseconds(world.reactor.turn.now), 5e9);
}

TEST_F(PoolLimitsTest, TakesABackendThatBreaksOffForNeitherQuickNorSlow) {
  make_silent_pool();
  const Latency& latency = pool->measure_latency();
  LineClient& client = open();
  world.until([&] { return client.is_open() && backend.live() == 1; });
  world.turn();
  backend.close_connections();
  world.until([&] { return client.has_fault(); });
  client.release();
  EXPECT_EQ(latency.nanoseconds(world.reactor.turn.now), std::nullopt);
}

}  // namespace
}  // namespace qp::upstream
