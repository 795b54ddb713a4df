// A fixture with one pool over two backends on loopback, at two addresses and one port, and the requests that
// go through it.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>

#include "support/line_backend.h"
#include "support/line_client.h"
#include "support/log_taker.h"
#include "upstream/pool.h"
#include "upstream/rotation.h"

namespace qp::test {

class PoolWorld : public testing::Test {
 protected:
  using Reuse = upstream::Reuse;
  using Try = upstream::Try;

  PoolWorld() {
    client_codecs.settings.role = codec::Role::client;
    config.name = "one";
    config.url.host = "127.0.0.1";
    config.url.port = backend.port();
    world.advance = [this] { advance(); };
  }
  ~PoolWorld() override {
    for (LineClient& client : clients)
      client.release();
    if (pool) pool->close();
    for (int i = 0; i < 3; ++i)
      world.turn();
  }

  upstream::Pool& make_pool() {
    marked = std::make_shared<upstream::Backend>(config, nullptr);
    pool = std::make_unique<upstream::Pool>(world.reactor, client_codecs, marked, 0);
    return *pool;
  }
  LineClient& open(Duration timeout = std::chrono::seconds(5), Reuse reuse = Reuse::allowed,
                   Try nth = Try::first) {
    clients.emplace_back();
    pool->open(clients.back().attempt, world.reactor.turn.now + timeout, reuse, nth);
    return clients.back();
  }
  LineClient& open_again() { return open(std::chrono::seconds(5), Reuse::allowed, Try::again); }
  // As the mail of control's makes it.
  void set_service(upstream::Service service) {
    rotation.set_service(*marked, service);
    pool->look_at_standing();
  }
  void set_healthy(bool is_healthy) {
    rotation.set_healthy(*marked, is_healthy);
    pool->look_at_standing();
  }
  void advance() {
    backend.accept();
    other_backend.accept();
    for (LineClient& client : clients)
      client.advance();
  }
  void until_answered(LineClient& client) {
    world.until([&] { return client.is_answered(); });
  }
  // A connection that has served once and rests now.
  void rest_one() {
    const uint32_t idle = pool->idle_connections();
    LineClient& client = open();
    until_answered(client);
    client.release();
    world.until([&] { return pool->idle_connections() == idle + 1; });
  }

  ReactorWorld world;
  LineCodecs client_codecs;
  LineBackend backend{world};
  LineBackend other_backend{world, "127.0.0.2", backend.port()};
  LogTaker log;
  upstream::Rotation rotation{world.reactor.turn, log.log};
  config::Backend config;
  std::shared_ptr<upstream::Backend> marked;
  std::unique_ptr<upstream::Pool> pool;
  std::deque<LineClient> clients;
};

}  // namespace qp::test
