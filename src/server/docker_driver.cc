#include "server/docker_driver.h"

#include <fmt/format.h>

#include <utility>

#include "admin/docker_answer.h"
#include "base/timer_queue.h"
#include "upstream/call.h"

namespace qp::server {

// From the request to what the engine says.
class DockerDriver::Order final : private upstream::CallOwner, private Timer {
 public:
  Order(DockerDriver& driver, upstream::Call::Request request, Duration patience, Done done)
      : driver_(driver), call_(*this, *driver.pool_, driver.reactor_), done_(std::move(done)) {
    const TimePoint deadline = driver.reactor_.turn.now + patience;
    call_.begin(std::move(request), upstream::Reuse::never, deadline);
    driver.reactor_.timers.arm(*this, deadline);
  }
  ~Order() { driver_.reactor_.timers.disarm(*this); }

  // False: it is answered.
  bool advance() {
    const auto answer = call_.advance();
    if (!answer) return true;
    std::exchange(done_, {})(admin::docker_error(*answer, driver_.config_));
    return false;
  }

 private:
  void call_changed() override { driver_.is_dirty_ = true; }
  void due() override { driver_.is_dirty_ = true; }

  DockerDriver& driver_;
  upstream::Call call_;
  Done done_;
};

std::shared_ptr<upstream::Backend> make_docker_engine(const config::Docker& config) {
  config::Backend engine;
  engine.name = "docker";
  if (config.url) {
    engine.url = *config.url;
  } else {
    engine.url.host = "docker";  // the engine takes any
    engine.socket = config.socket;
  }
  engine.pool.idle_connections_max = 0;
  return std::make_shared<upstream::Backend>(std::move(engine), nullptr);
}

DockerDriver::DockerDriver(conn::Reactor& reactor, upstream::Pools& pools, config::Docker config,
                           const std::shared_ptr<upstream::Backend>& engine)
    : reactor_(reactor), pools_(pools), config_(std::move(config)), pool_(&pools.acquire(engine)) {}

DockerDriver::~DockerDriver() {
  close();
}

void DockerDriver::close() {
  orders_.clear();
  if (pool_ != nullptr) pools_.release(*std::exchange(pool_, nullptr));
}

void DockerDriver::stop(const config::Backend& backend, Done done) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(config_.stop_timeout);
  give(backend, fmt::format("stop?t={}", seconds.count()), seconds + kPatience, std::move(done));
}

void DockerDriver::start(const config::Backend& backend, Done done) {
  give(backend, "start", kPatience, std::move(done));
}

void DockerDriver::kill(const config::Backend& backend, Done done) {
  give(backend, "kill", kPatience, std::move(done));
}

// Without a version in front of the path the engine takes its own: these orders have been the same in all of
// them, while no version is known to every engine (20.10 has up to 1.41, 29 has none below 1.44).
void DockerDriver::give(const config::Backend& backend, std::string_view what, Duration patience, Done done) {
  if (pool_ == nullptr) return done("the proxy is ending");
  upstream::Call::Request request;
  request.head.method = "POST";
  request.head.path = fmt::format("{}/containers/{}/{}", config_.url ? config_.url->path : "",
                                  config::container_of(backend), what);
  request.head.fields.add(http::Name::user_agent, "quic-proxy");
  request.kept_bytes_max = admin::kDockerBodyBytesMax;
  orders_.push_back(std::make_unique<Order>(*this, std::move(request), patience, std::move(done)));
  is_dirty_ = true;  // it may have failed at once: nobody tells of that
}

void DockerDriver::advance() {
  if (!std::exchange(is_dirty_, false)) return;
  std::erase_if(orders_, [](const auto& order) { return !order->advance(); });
}

}  // namespace qp::server
