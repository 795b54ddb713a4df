// The half of control that looks after backends, in a simulated world: the real host and the real deciders,
// without what only a process has.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/log_ring.h"
#include "io/mailbox.h"
#include "server/host.h"
#include "server/message.h"
#include "upstream/ejector.h"
#include "upstream/health_checker.h"
#include "upstream/rotation.h"

namespace qp::sim {

class Control final : public server::Host, private upstream::RotationOwner {
 public:
  // Posts to all workers.
  using Tell = std::function<void(const server::WorkerMessage&)>;

  Control(const config::Limits& limits, std::vector<std::shared_ptr<upstream::Backend>> backends, Tell tell,
          uint64_t seed);
  ~Control();

  // As the resolver does; the workers can take mail. Of that backend these are all addresses.
  void resolve(const upstream::Backend& backend, upstream::AddressList addresses);

  io::Mailbox<server::ControlMessage>& mailbox() { return mailbox_; }
  const std::vector<std::shared_ptr<upstream::Backend>>& backends() const { return backends_; }
  LogRing& log() { return ring_; }
  // Of the backend whose name has several, as the workers were told.
  const upstream::AddressList& usable_addresses() const { return *usable_; }

 private:
  void begin_turn() override { log_.begin_turn(reactor().turn.wall); }
  void take_mail() override;
  void standing_changed(const upstream::Backend& backend) override;
  void usable_addresses_changed(const upstream::Backend& backend,
                                std::shared_ptr<const upstream::AddressList> addresses) override;

  static constexpr size_t kLogBytes = 64 * 1024;

  std::vector<std::shared_ptr<upstream::Backend>> backends_;
  Tell tell_;
  std::shared_ptr<const upstream::AddressList> usable_;
  std::atomic<LogLevel> level_ = LogLevel::debug;
  LogRing ring_{kLogBytes};
  Log log_{ring_, level_, LogFormat::text};
  io::Mailbox<server::ControlMessage> mailbox_;
  upstream::Rotation rotation_;
  upstream::HealthChecker checker_;
  upstream::Ejector ejector_;
};

}  // namespace qp::sim
