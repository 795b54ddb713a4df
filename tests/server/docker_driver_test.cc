#include "server/docker_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/pools_world.h"
#include "support/script_backend.h"

namespace qp::server {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The engine is a server that answers as its API describes: not Docker itself.
class DockerDriverTest : public test::PoolsWorld {
 protected:
  DockerDriverTest() {
    config.url = config::Url{.host = "127.0.0.1", .port = engine.port(), .path = {}};
    backend.name = "backend1";
    engine.answer = "HTTP/1.1 204 No Content\r\n\r\n";
    world.advance = [this] {
      engine.advance();
      if (driver) driver->advance();
    };
  }

  DockerDriver& make_driver() {
    driver = std::make_unique<DockerDriver>(world.reactor, pools, config, make_docker_engine(config));
    return *driver;
  }
  admin::Driver::Done note() {
    return [this](std::optional<std::string> error) { outcomes.push_back(error.value_or("done")); };
  }
  void until_outcomes(size_t count) {
    world.until([&] { return outcomes.size() == count; });
  }
  std::string first_line(size_t request) const {
    return engine.requests().at(request).substr(0, engine.requests().at(request).find('\r'));
  }

  test::ScriptBackend engine;
  config::Docker config;
  config::Backend backend;
  std::unique_ptr<DockerDriver> driver;
  std::vector<std::string> outcomes;
};

TEST_F(DockerDriverTest, HasTheEngineStopStartAndKillTheContainer) {
  config.stop_timeout = std::chrono::milliseconds(1500);
  make_driver();
  backend.container = "web-1";

  driver->stop(backend, note());
  until_outcomes(1);
  driver->start(backend, note());
  until_outcomes(2);
  driver->kill(backend, note());
  until_outcomes(3);

  EXPECT_EQ(first_line(0), "POST /containers/web-1/stop?t=2 HTTP/1.1");
  EXPECT_EQ(first_line(1), "POST /containers/web-1/start HTTP/1.1");
  EXPECT_EQ(first_line(2), "POST /containers/web-1/kill HTTP/1.1");
  EXPECT_THAT(outcomes, ElementsAre("done", "done", "done"));
}

TEST_F(DockerDriverTest, TakesTheNameOfTheBackendForThatOfItsContainer) {
  config.url->path = "/engine";
  make_driver().start(backend, note());
  until_outcomes(1);

  EXPECT_EQ(first_line(0), "POST /engine/containers/backend1/start HTTP/1.1");
}

TEST_F(DockerDriverTest, TouchesNothingWithoutAnOrderAndLeavesNoConnectionBehind) {
  make_driver();
  for (int i = 0; i < 10; ++i)
    world.turn();
  EXPECT_EQ(engine.accepted(), 0U);

  driver->start(backend, note());
  until_outcomes(1);
  world.until([this] { return engine.live() == 0; });

  EXPECT_EQ(engine.accepted(), 1U);
}

TEST_F(DockerDriverTest, TellsTheReasonThatTheEngineGives) {
  engine.answer =
      "HTTP/1.1 404 Not Found\r\nContent-Length: 44\r\n\r\n{\"message\":\"No such container: backend1\"}  \n";
  make_driver().stop(backend, note());
  until_outcomes(1);

  EXPECT_THAT(outcomes, ElementsAre("Docker answers 404: No such container: backend1"));
}

TEST_F(DockerDriverTest, GivesUpOnAnEngineThatIsSilent) {
  engine.answer = "";
  make_driver().stop(backend, note());
  world.until([this] { return engine.requests().size() == 1; });

  world.pass(config.stop_timeout + DockerDriver::kPatience - seconds(1));
  EXPECT_TRUE(outcomes.empty());
  world.pass(seconds(1));
  until_outcomes(1);

  EXPECT_THAT(outcomes[0], HasSubstr("has not answered"));
}

TEST_F(DockerDriverTest, TakesBrokenBytesForNoAnswer) {
  engine.answer = "SSH-2.0-OpenSSH_9.2\r\n";
  engine.closes_after_answer = true;
  make_driver().start(backend, note());
  until_outcomes(1);

  EXPECT_THAT(outcomes[0], StartsWith("no answer of Docker's came from 127.0.0.1:"));
}

TEST_F(DockerDriverTest, SaysThatThereIsNoSocket) {
  config.url.reset();
  config.socket = testing::TempDir() + "no-such-docker.sock";
  make_driver().start(backend, note());
  until_outcomes(1);

  EXPECT_EQ(outcomes[0], config.socket + " cannot be reached: there is no such socket");
}

TEST_F(DockerDriverTest, SpeaksForSeveralBackendsAtOnce) {
  engine.answer = "";
  config::Backend other;
  other.name = "backend2";
  make_driver();
  driver->stop(backend, note());
  driver->stop(other, note());
  world.until([this] { return engine.requests().size() == 2; });

  engine.stop();
  until_outcomes(2);
}

TEST_F(DockerDriverTest, TakesNoOrderOnceItIsClosed) {
  engine.answer = "";
  make_driver().stop(backend, note());
  world.until([this] { return engine.requests().size() == 1; });

  driver->close();
  EXPECT_TRUE(outcomes.empty());
  driver->start(backend, note());

  EXPECT_THAT(outcomes, ElementsAre("the proxy is ending"));
  world.until([this] { return engine.live() == 0; });
}

}  // namespace
}  // namespace qp::server
