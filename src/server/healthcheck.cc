#include "server/healthcheck.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "server/host.h"
#include "server/listener.h"
#include "upstream/health_probe.h"

namespace qp::server {

namespace {

config::Backend subject_of(const config::ListenAddress& address) {
  config::Backend subject;
  subject.url = {.scheme = config::Scheme::http, .host = own_host(address), .port = address.port, .path = {}};
  subject.health_check.path = "/readyz";
  return subject;
}

// A host for one question.
class Questioner final : public Host, private upstream::CallOwner, private Timer {
 public:
  explicit Questioner(const config::ListenAddress& address)
      : Host({}, 0, 0),
        pool_(pools().acquire(std::make_shared<upstream::Backend>(subject_of(address), nullptr))),
        probe_(*this, pool_, reactor()) {}
  ~Questioner() {
    reactor().timers.disarm(*this);
    pools().release(pool_);
    close_pools();
  }

  upstream::HealthProbe::Result ask(Duration patience) {
    const TimePoint deadline = reactor().turn.now + patience;
    reactor().timers.arm(*this, deadline);
    probe_.begin(deadline);
    for (;;) {
      if (const auto result = probe_.advance()) return *result;
      turn();
    }
  }

 private:
  void take_mail() override {}
  void call_changed() override {}
  void due() override {}

  upstream::Pool& pool_;
  upstream::HealthProbe probe_;
};

}  // namespace

std::expected<void, std::string> healthcheck(const config::Health& health, Duration patience) {
  if (!health.address) return std::unexpected("health.address is off: there is nobody to ask");
  const auto result = Questioner(*health.address).ask(patience);
  if (result.has_passed) return {};
  if (result.status != 0) return std::unexpected(fmt::format("not ready: /readyz says {}", result.status));
  return std::unexpected(std::string("not ready: ") + result.reason);
}

}  // namespace qp::server
