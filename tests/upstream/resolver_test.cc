#include "upstream/resolver.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/fake_name_server.h"
#include "support/reactor_world.h"

namespace qp::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ResolverTest : public testing::Test, public ResolverOwner {
 protected:
  ResolverTest() {
    world.advance = [this] { server.serve(); };
    options.servers = server.address_text();
    options.query_timeout = milliseconds(300);
    options.tries = 1;
  }

  std::shared_ptr<const Backend> watch(const std::string& host) {
    if (!resolver) resolver = std::make_unique<Resolver>(world.reactor, *this, options);
    config::Backend config;
    config.name = host;
    config.url.host = host;
    config.url.port = 8080;
    const auto backend = std::make_shared<Backend>(config, nullptr);
    resolver->watch(backend);
    return backend;
  }
  void until_news(size_t count) {
    world.until([&] { return news.size() >= count; });
  }

  test::ReactorWorld world;
  test::FakeNameServer server;
  ResolverOptions options;
  std::unique_ptr<Resolver> resolver;
  std::vector<std::vector<std::string>> news;
  int failures = 0;
  int successes = 0;

 private:
  void addresses_changed(const Backend& /*backend*/, std::shared_ptr<const AddressList> addresses) override {
    news.emplace_back();
    for (const Address& address : *addresses)
      news.back().push_back(address.text());
  }
  void resolve_failed(const Backend& /*backend*/, const char* reason) override {
    EXPECT_STRNE(reason, "");
    ++failures;
  }
  void resolved(const Backend& /*backend*/) override { ++successes; }
};

using Texts = std::vector<std::string>;

TEST_F(ResolverTest, AsksNobodyAboutAnIpAddress) {
  watch("127.0.0.1");
  watch("::1");
  for (int i = 0; i < 3; ++i)
    world.turn();

  EXPECT_TRUE(news.empty());
  EXPECT_EQ(server.questions, 0);
  EXPECT_EQ(world.timers.size(), 0U);
}

TEST_F(ResolverTest, FindsNamesInTheHostsFile) {
  watch("localhost");

  until_news(1);

  ASSERT_FALSE(news[0].empty());
  EXPECT_TRUE(news[0][0] == "127.0.0.1:8080" || news[0][0] == "[::1]:8080") << news[0][0];
  EXPECT_EQ(server.questions, 0);
}

TEST_F(ResolverTest, FindsAllAddressesOfAName) {
  server.records["backend.example"] = {.addresses = {"10.0.0.2", "10.0.0.1"}};
  watch("backend.example");

  until_news(1);

  EXPECT_EQ(news[0], (Texts{"10.0.0.1:8080", "10.0.0.2:8080"}));
}

TEST_F(ResolverTest, TakesEachAddressOnce) {
  server.records["backend.example"] = {.addresses = {"10.0.0.2", "10.0.0.1", "10.0.0.2"}};
  watch("backend.example");

  until_news(1);

  EXPECT_EQ(news[0], (Texts{"10.0.0.1:8080", "10.0.0.2:8080"}));
}

TEST_F(ResolverTest, TakesNoMoreAddressesThanAllowed) {
  options.addresses_max = 2;
  server.records["backend.example"] = {.addresses = {"10.0.0.3", "10.0.0.2", "10.0.0.1"}};
  watch("backend.example");

  until_news(1);

  EXPECT_EQ(news[0], (Texts{"10.0.0.1:8080", "10.0.0.2:8080"}));
}

TEST_F(ResolverTest, AsksAgainWhenTheTimeToLiveIsOver) {
  server.records["backend.example"] = {.addresses = {"10.0.0.1"}, .ttl_seconds = 20};
  watch("backend.example");
  until_news(1);
  server.records["backend.example"].addresses = {"10.0.0.9"};
  world.pass(seconds(19));
  EXPECT_EQ(server.questions, 1);

  world.pass(seconds(1));

  until_news(2);
  EXPECT_EQ(news[1], Texts{"10.0.0.9:8080"});
}

TEST_F(ResolverTest, TellsNothingWhenTheAnswerIsTheSameInAnotherOrder) {
  server.records["backend.example"] = {.addresses = {"10.0.0.1", "10.0.0.2"}, .ttl_seconds = 20};
  watch("backend.example");
  until_news(1);
  server.records["backend.example"].addresses = {"10.0.0.2", "10.0.0.1"};

  world.pass(seconds(20));
  world.until([&] { return server.questions == 2; });
  for (int i = 0; i < 5; ++i)
    world.turn();

  EXPECT_EQ(news.size(), 1U);
}

TEST_F(ResolverTest, BoundsTheTimeToLiveOnBothSides) {
  options.ttl_min = seconds(5);
  options.ttl_max = seconds(30);
  server.records["short.example"] = {.addresses = {"10.0.0.1"}, .ttl_seconds = 0};
  watch("short.example");
  until_news(1);
  world.pass(seconds(4));
  EXPECT_EQ(server.questions, 1);
  world.pass(seconds(1));
  world.until([&] { return server.questions == 2; });
  resolver.reset();

  server.records["long.example"] = {.addresses = {"10.0.0.1"}, .ttl_seconds = 86400};
  watch("long.example");
  until_news(2);
  world.pass(seconds(29));
  EXPECT_EQ(server.questions, 3);
  world.pass(seconds(1));
  world.until([&] { return server.questions == 4; });
}

TEST_F(ResolverTest, SaysThatANameNeverHadAnAddressAndAsksAgain) {
  watch("nobody.example");
  until_news(1);
  EXPECT_EQ(news[0], Texts{});
  EXPECT_EQ(failures, 1);
  server.records["nobody.example"] = {.addresses = {"10.0.0.1"}};

  world.pass(options.retry_after);

  until_news(2);
  EXPECT_EQ(news[1], Texts{"10.0.0.1:8080"});
}

TEST_F(ResolverTest, KeepsTheLastAddressesWhenANameVanishes) {
  server.records["backend.example"] = {.addresses = {"10.0.0.1"}, .ttl_seconds = 20};
  watch("backend.example");
  until_news(1);
  server.records.clear();

  world.pass(seconds(20));
  world.until([&] { return failures == 1; });

  EXPECT_EQ(news.size(), 1U);
}

TEST_F(ResolverTest, TellsThatANameIsBackThoughItsAddressesAreTheSame) {
  server.records["backend.example"] = {.addresses = {"10.0.0.1"}, .ttl_seconds = 20};
  watch("backend.example");
  until_news(1);
  EXPECT_EQ(successes, 1);
  const auto records = std::exchange(server.records, {});
  world.pass(seconds(20));
  world.until([&] { return failures == 1; });
  server.records = records;

  world.pass(options.retry_after);

  world.until([&] { return successes == 2; });
  EXPECT_EQ(news.size(), 1U);
}

TEST_F(ResolverTest, FailsWhenTheServerSaysNothing) {
  server.is_mute = true;
  watch("backend.example");

  // The library reads the clock itself: this test waits a few tenths of a second.
  world.until([&] {
    world.reactor.turn = io::EventLoop::read_clock();
    return failures == 1;
  });

  EXPECT_EQ(news[0], Texts{});
}

TEST_F(ResolverTest, ForgetsABackendInTheMiddleOfAQuestion) {
  server.records["backend.example"] = {.addresses = {"10.0.0.1"}};
  const auto backend = watch("backend.example");

  resolver->forget(*backend);
  world.until([&] { return server.questions == 1; });
  for (int i = 0; i < 5; ++i)
    world.turn();

  EXPECT_TRUE(news.empty());
  EXPECT_EQ(backend.use_count(), 1);
}

TEST_F(ResolverTest, DiesInTheMiddleOfAQuestion) {
  server.is_mute = true;
  watch("backend.example");
  world.turn();

  resolver.reset();

  EXPECT_TRUE(news.empty());
  EXPECT_EQ(world.timers.size(), 0U);
}

}  // namespace
}  // namespace qp::upstream
