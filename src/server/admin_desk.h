// Where operators and their tools are served: the listeners for health, metrics and the control center, and
// what stands behind them. Runs on control.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "admin/api.h"
#include "admin/control_center.h"
#include "admin/driver.h"
#include "admin/resources.h"
#include "base/decider.h"
#include "base/log.h"
#include "conn/reactor.h"
#include "http/stream.h"
#include "io/log_writer.h"
#include "io/socket.h"
#include "proxy/snapshot.h"
#include "server/census.h"
#include "server/figures.h"
#include "server/h3_load.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/metrics.h"
#include "server/reload.h"
#include "server/tracing.h"
#include "upstream/ejector.h"
#include "upstream/health_checker.h"
#include "upstream/rotation.h"

namespace qp::server {

class AdminDesk final : public Decider {
 public:
  // All of it outlives the desk.
  struct Parts {
    conn::Reactor& reactor;
    Log& log;
    std::atomic<LogLevel>& level;
    io::LogWriter& writer;
    upstream::Rotation& rotation;
    admin::Driver& driver;
    upstream::HealthChecker& checker;
    const upstream::Ejector& ejector;
    const Tracing& tracing;
    const ReloadRecord& reloads;
    std::function<std::shared_ptr<const proxy::Snapshot>()> snapshot;  // the one in force
    std::function<bool()> is_ending;
    std::function<size_t(const WorkerMessage&)> tell_workers;   // returns how many there are
    std::function<void(io::Fd, http::StreamAcceptor&)> listen;  // over HTTP/1.1
  };
  explicit AdminDesk(Parts parts);

  // Serves on those of the listeners that are configured. Called once the workers run. `metrics` is not null
  // where one of them tells what is counted, and outlives the desk.
  void open(Sockets& sockets, Metrics* metrics);
  // Something happened that is to be seen.
  void note(admin::ActivityEntry entry);
  // What a worker was asked for.
  void handle(ConnectionsListed answer) { census_.handle(std::move(answer)); }
  // The process ends: nothing that takes long is begun any more, and what a drill has broken is mended.
  void drain();
  bool is_mended() const { return !center_ || center_->is_mended(); }
  // Streams of events end; whoever listens hears so in the next turn.
  void end_events() {
    if (center_) center_->end_events();
  }
  // Every connection of its own dies now.
  void close();

  // Its part of the turn: see server/host.h.
  bool receive_more() { return load_ && load_->receive_more(); }
  void flush() {
    if (load_) load_->flush();
  }
  bool is_dirty() const override;
  void advance() override;
  void reap() override;

 private:
  void offer(AdminSocket& socket, admin::Resources resources);
  admin::Resources health_resources();
  admin::Resources metrics_resources(Metrics& metrics);
  void open_control_center(AdminSocket& socket, uint16_t quic_port, const Metrics& metrics);

  Parts parts_;
  Figures figures_;
  Census census_;
  std::optional<H3Load> load_;                  // none: the control center is off
  std::optional<admin::ControlCenter> center_;  // none: it is off
  std::vector<std::unique_ptr<admin::Api>> apis_;
};

}  // namespace qp::server
