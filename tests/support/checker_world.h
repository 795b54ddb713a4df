// A fixture with a checker of backends, each a script on loopback, and what the workers hear of it.
#pragma once
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "support/log_taker.h"
#include "support/pools_world.h"
#include "support/script_backend.h"
#include "upstream/health_checker.h"

namespace qp::test {

class CheckerWorld : public PoolsWorld, private upstream::RotationOwner {
 protected:
  CheckerWorld() {
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
        backend_at(std::string(1, static_cast<char>('a' + backends.size())), server.port());
    backend.health_check = check;
    backends.push_back(std::make_shared<upstream::Backend>(backend, nullptr));
    return server;
  }
  void begin() { checker.install(backends); }
  uint64_t checks(size_t place = 0) const {
    const upstream::HealthChecker::Results results = checker.results(*backends[place]);
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
    backends[0] = std::make_shared<upstream::Backend>(named, nullptr);
  }
  // As control does with news from the resolver. The name's addresses are those of the servers with these
  // numbers.
  void resolve(std::initializer_list<size_t> numbers) {
    const auto list = std::make_shared<const upstream::AddressList>(at(numbers));
    pools.set_addresses(*backends[0], list);
    checker.set_addresses(*backends[0], list);
  }
  // Time passes, and so many checks of the first backend come to their end.
  void pass_to_results(Duration duration, uint64_t count) {
    const uint64_t before = checks();
    world.pass(duration);
    world.until([&] { return checks() == before + count; });
  }
  upstream::AddressList at(std::initializer_list<size_t> numbers) const {
    upstream::AddressList addresses;
    for (const size_t number : numbers)
      addresses.push_back(servers[number].address());
    return addresses;
  }

  LogTaker log;
  upstream::Rotation rotation{world.reactor.turn, log.log, this};
  std::deque<ScriptBackend> servers;
  std::vector<std::shared_ptr<upstream::Backend>> backends;
  upstream::HealthChecker checker{{world.reactor, pools, rotation, log.log}};
  std::vector<upstream::AddressList> usable;  // as the workers were told, from first to last

 private:
  void standing_changed(const upstream::Backend& /*backend*/) override {}
  void usable_addresses_changed(const upstream::Backend& /*backend*/,
                                std::shared_ptr<const upstream::AddressList> addresses) override {
    usable.push_back(*addresses);
  }
};

}  // namespace qp::test
