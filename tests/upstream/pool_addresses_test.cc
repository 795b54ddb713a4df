// A backend whose name has several addresses: who gets the next request, and what becomes of connections when
// the addresses change.
#include <gmock/gmock.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/pool_world.h"
#include "upstream/outlier_watch.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::LineClient;
using testing::ElementsAre;

class PoolAddressesTest : public test::PoolWorld {
 protected:
  PoolAddressesTest() { config.url.host = "backend.example"; }

  void make_pool_of(AddressList addresses) {
    make_pool();
    set_addresses(std::move(addresses));
  }
  void set_addresses(AddressList addresses) {
    pool->set_addresses(std::make_shared<AddressList>(std::move(addresses)));
  }
  static std::string address_of(const LineClient& client) { return client.attempt.stream().peer->address; }
  // A request from its beginning to its end; returns where it was served.
  std::string serve_one() {
    LineClient& client = open();
    until_answered(client);
    std::string address = address_of(client);
    const uint32_t idle = pool->idle_connections();
    client.release();
    world.until([&] { return pool->idle_connections() == idle + 1; });
    return address;
  }
};

TEST_F(PoolAddressesTest, TriesTheNextAddressWhenOneRefuses) {
  backend.stop_listening();
  make_pool_of({backend.address(), other_backend.address()});

  LineClient& first = open();
  until_answered(first);
  EXPECT_EQ(first.attempt.stream().peer->address, "127.0.0.2");

  // The one that failed rests for a while.
  LineClient& second = open();
  EXPECT_EQ(pool->live_connections(), 2U);
  until_answered(second);
  EXPECT_EQ(second.told, 1);
}

TEST_F(PoolAddressesTest, TakesTheAddressesInTurn) {
  make_pool_of({backend.address(), other_backend.address()});

  for (int i = 0; i < 4; ++i)
    until_answered(open());

  EXPECT_EQ(backend.accepted(), 2U);
  EXPECT_EQ(other_backend.accepted(), 2U);
}

TEST_F(PoolAddressesTest, WaitsForAddressesThatNobodyKnowsYet) {
  make_pool();
  LineClient& client = open();
  world.turn();
  ASSERT_TRUE(client.is_waiting());

  set_addresses({backend.address()});

  until_answered(client);
}

TEST_F(PoolAddressesTest, FailsAtOnceWhenTheNameHasNoAddress) {
  make_pool();
  LineClient& early = open();

  set_addresses({});
  LineClient& late = open();

  for (LineClient* client : {&early, &late}) {
    ASSERT_TRUE(client->has_failed());
    EXPECT_EQ(client->attempt.error().code, ErrorCode::unreachable);
  }
}

TEST_F(PoolAddressesTest, LeavesAddressesThatTheNameNoLongerHas) {
  make_pool_of({backend.address()});
  rest_one();

  set_addresses({other_backend.address()});
  LineClient& client = open();
  until_answered(client);

  EXPECT_EQ(client.attempt.stream().peer->address, "127.0.0.2");
  EXPECT_EQ(pool->live_connections(), 1U);
}

TEST_F(PoolAddressesTest, LeavesAnAddressThatIsGoneWhenItsRequestIsOver) {
  make_pool_of({backend.address()});
  LineClient& early = open();
  until_answered(early);

  set_addresses({other_backend.address()});
  EXPECT_EQ(pool->live_connections(), 1U);
  early.release();

  world.until([&] { return pool->live_connections() == 0; });
}

TEST_F(PoolAddressesTest, GoesToTheAddressesInTurnWithTheConnectionsThatItHas) {
  make_pool_of({backend.address(), other_backend.address()});

  std::vector<std::string> served;
  for (int i = 0; i < 6; ++i)
    served.push_back(serve_one());

  EXPECT_THAT(served,
              ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(backend.accepted(), 1U);
  EXPECT_EQ(other_backend.accepted(), 1U);
}

TEST_F(PoolAddressesTest, GoesWhereTheFewestRequestsAreUnderWay) {
  make_pool_of({backend.address(), other_backend.address()});
  LineClient& lasting = open();
  until_answered(lasting);
  ASSERT_EQ(address_of(lasting), "127.0.0.1");

  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(serve_one(), "127.0.0.2");
}

TEST_F(PoolAddressesTest, GivesANewAddressItsPartOfAllRequests) {
  make_pool_of({backend.address()});
  serve_one();

  set_addresses({backend.address(), other_backend.address()});
  std::multiset<std::string> served;
  for (int i = 0; i < 6; ++i)
    served.insert(serve_one());

  EXPECT_EQ(served.count("127.0.0.1"), 3U);
  EXPECT_EQ(served.count("127.0.0.2"), 3U);
  EXPECT_EQ(backend.accepted(), 1U);  // what there was is kept
}

TEST_F(PoolAddressesTest, GivesANewAddressItsPartWhenAllConnectionsAreInUse) {
  config.pool.connections_max = 2;
  make_pool_of({backend.address()});
  LineClient& one = open();
  LineClient& two = open();
  until_answered(one);
  until_answered(two);
  LineClient& waiting = open();

  set_addresses({backend.address(), other_backend.address()});
  one.release();

  until_answered(waiting);
  EXPECT_EQ(address_of(waiting), "127.0.0.2");
  EXPECT_EQ(pool->live_connections(), 2U);

  // One each: that is even, and who waits now takes what is free first.
  LineClient& next = open();
  two.release();
  until_answered(next);
  EXPECT_EQ(address_of(next), "127.0.0.1");
  EXPECT_TRUE(next.attempt.is_reused());
}

TEST_F(PoolAddressesTest, TakesAnyIdleConnectionWhereItMayOpenNoOther) {
  config.pool.connections_max = 1;
  make_pool_of({backend.address(), other_backend.address()});
  ASSERT_EQ(serve_one(), "127.0.0.1");

  LineClient& client = open();

  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(address_of(client), "127.0.0.1");
}

TEST_F(PoolAddressesTest, TakesAnIdleConnectionToAnotherAddressWhenOneRefuses) {
  make_pool_of({backend.address(), other_backend.address()});
  ASSERT_EQ(serve_one(), "127.0.0.1");
  other_backend.stop_listening();

  LineClient& client = open();
  ASSERT_TRUE(client.is_waiting());
  until_answered(client);

  EXPECT_EQ(address_of(client), "127.0.0.1");
  EXPECT_TRUE(client.attempt.is_reused());
  EXPECT_EQ(client.told, 1);
  EXPECT_EQ(backend.accepted(), 1U);
}

TEST_F(PoolAddressesTest, AsksAnAddressThatRefusedAgainAfterAWhile) {
  make_pool_of({backend.address(), other_backend.address()});
  other_backend.stop_listening();
  serve_one();
  serve_one();
  ASSERT_EQ(pool->counters().connect_failures, 1U);

  world.pass(Pool::kAddressRest - milliseconds(1));
  for (int i = 0; i < 4; ++i)
    serve_one();
  EXPECT_EQ(pool->counters().connect_failures, 1U);

  world.pass(milliseconds(1));
  for (int i = 0; i < 2; ++i)
    serve_one();
  EXPECT_EQ(pool->counters().connect_failures, 2U);
}

TEST_F(PoolAddressesTest, PassesOverAnAddressWhereRequestsFailInARow) {
  config.outlier_detection = {.enabled = true, .consecutive_failures = 2, .base_ejection_time = seconds(30)};
  make_pool_of({backend.address(), other_backend.address()});
  const auto serve_with_verdicts = [&](int requests, AttemptVerdict of_other) {
    std::multiset<std::string> served;
    for (int i = 0; i < requests; ++i) {
      LineClient& client = open();
      until_answered(client);
      const bool is_other = address_of(client) == "127.0.0.2";
      served.insert(address_of(client));
      client.attempt.note_verdict(is_other ? of_other : AttemptVerdict::good);
      client.release();
      world.turn();
    }
    return served.count("127.0.0.2");
  };
  EXPECT_EQ(serve_with_verdicts(2, AttemptVerdict::bad), 1U);
  EXPECT_EQ(serve_with_verdicts(2, AttemptVerdict::good), 1U);  // begins anew
  EXPECT_EQ(serve_with_verdicts(2, AttemptVerdict::bad), 1U);
  EXPECT_EQ(serve_with_verdicts(2, AttemptVerdict::neutral), 1U);
  EXPECT_EQ(serve_with_verdicts(2, AttemptVerdict::bad), 1U);

  world.pass(seconds(29));
  EXPECT_EQ(serve_with_verdicts(4, AttemptVerdict::bad), 0U);
  world.pass(seconds(1));
  EXPECT_EQ(serve_with_verdicts(4, AttemptVerdict::good), 2U);
}

TEST_F(PoolAddressesTest, PassesOverNoMoreAddressesThanAllowed) {
  config.outlier_detection = {.enabled = true, .consecutive_failures = 1, .max_ejected_percent = 49};
  make_pool_of({backend.address(), other_backend.address()});

  std::multiset<std::string> served;
  for (int i = 0; i < 6; ++i) {
    LineClient& client = open();
    until_answered(client);
    served.insert(address_of(client));
    client.attempt.note_verdict(AttemptVerdict::bad);
    client.release();
    world.turn();
  }

  EXPECT_EQ(served.count("127.0.0.1"), 3U);
}

TEST_F(PoolAddressesTest, FailsAfterSoManyAddressesThatRefuse) {
  AddressList nobody_there;
  for (const char* ip : {"127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"})
    nobody_there.push_back(*Address::parse(ip, backend.port()));
  make_pool_of(nobody_there);

  LineClient& client = open();

  world.until([&] { return client.has_failed(); });
  EXPECT_EQ(pool->counters().connects, Pool::kAddressesTriedMax);
}

TEST_F(PoolAddressesTest, KeepsConnectionsWhenOtherAddressesGo) {
  make_pool_of({backend.address(), other_backend.address()});
  LineClient& one = open();
  LineClient& other = open();
  for (LineClient* client : {&one, &other})
    until_answered(*client);
  for (LineClient* client : {&one, &other})
    client->release();
  world.until([&] { return pool->idle_connections() == 2; });

  set_addresses({backend.address()});

  world.until([&] { return pool->live_connections() == 1; });
  EXPECT_EQ(pool->idle_connections(), 1U);
}

}  // namespace
}  // namespace qp::upstream
