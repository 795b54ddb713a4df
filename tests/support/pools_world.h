// A fixture with pools of connections over HTTP/1.1 to servers on loopback, for what sends requests of our
// own (upstream/call.h). Servers and senders are members of the test; they are gone when the pools close.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "config/backend.h"
#include "support/h1_codecs.h"
#include "support/reactor_world.h"
#include "upstream/pools.h"

namespace qp::test {

inline config::Backend backend_at(std::string name, uint16_t port) {
  config::Backend backend;
  backend.name = std::move(name);
  backend.url = {.scheme = config::Scheme::http, .host = "127.0.0.1", .port = port, .path = {}};
  return backend;
}

class PoolsWorld : public testing::Test {
 protected:
  ~PoolsWorld() override {
    world.advance = [] {};
    pools.close_all();
    for (int i = 0; i < 3; ++i)
      world.turn();
    pools.sweep();
    EXPECT_EQ(pools.size(), 0U) << "somebody has not given back a pool";
  }

  ReactorWorld world;
  H1Codecs codecs;
  upstream::Pools pools{world.reactor, codecs, 0};
};

}  // namespace qp::test
