// Stops and starts the containers of backends by the Docker Engine API, over the engine's Unix socket or over
// an HTTP proxy of it. Control's.
//
//   stop    POST /containers/NAME/stop?t=SECONDS     the engine answers when the container has ended
//   start   POST /containers/NAME/start
//   kill    POST /containers/NAME/kill
//
// Whoever may write to that socket is root on its machine. Nothing but these three is ever sent, nothing
// without an order, and each over a connection of its own: an engine may have been started anew since the
// last one.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "admin/driver.h"
#include "conn/reactor.h"
#include "upstream/backend.h"
#include "upstream/pools.h"

namespace qp::server {

// Whom the driver speaks to. A name in control.docker.url is for the resolver.
std::shared_ptr<upstream::Backend> make_docker_engine(const config::Docker& config);

class DockerDriver final : public admin::Driver {
 public:
  // `reactor` and `pools` outlive the driver.
  DockerDriver(conn::Reactor& reactor, upstream::Pools& pools, config::Docker config,
               const std::shared_ptr<upstream::Backend>& engine);
  ~DockerDriver() override;

  // How long the engine may take to answer; to a stop, beyond the container's own time.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  std::string_view name() const override { return "docker"; }
  void stop(const config::Backend& backend, Done done) override;
  void start(const config::Backend& backend, Done done) override;
  void kill(const config::Backend& backend, Done done) override;
  // Orders under way are not waited for: the engine carries them out, and nobody is left to be told.
  void close() override;

  bool is_dirty() const override { return is_dirty_; }
  void advance() override;

 private:
  class Order;

  void give(const config::Backend& backend, std::string_view what, Duration patience, Done done);

  conn::Reactor& reactor_;
  upstream::Pools& pools_;
  const config::Docker config_;
  upstream::Pool* pool_;                        // null: closed
  std::vector<std::unique_ptr<Order>> orders_;  // one for a backend at the most
  bool is_dirty_ = false;
};

}  // namespace qp::server
