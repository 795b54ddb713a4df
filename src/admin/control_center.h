// The control center: what operators see of the running process, and what they may do to it. docs/api.md is
// its contract. Runs on control.
//
//   standings, orders ─► Activity ─► EventHub ─► listeners
//   every second      ─► status, backends ─┘
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/activity.h"
#include "admin/connections.h"
#include "admin/control_views.h"
#include "admin/drills.h"
#include "admin/driver.h"
#include "admin/event_hub.h"
#include "admin/figures.h"
#include "admin/gate.h"
#include "admin/load.h"
#include "admin/operations.h"
#include "admin/resources.h"
#include "admin/retry_tally.h"
#include "admin/series.h"
#include "base/clock.h"
#include "base/decider.h"
#include "base/log.h"
#include "base/random.h"
#include "base/timer_queue.h"
#include "proxy/snapshot.h"
#include "upstream/rotation.h"

namespace qp::admin {

class ControlCenter final : public Decider, private Timer {
 public:
  // All of it outlives the control center.
  struct Parts {
    const Turn& turn;
    TimerQueue& timers;
    Random& random;
    Log& log;
    std::atomic<LogLevel>& level;
    upstream::Rotation& rotation;
    Driver& driver;
    std::function<void(const upstream::Backend&)> check_now;  // one more health check
    Figures& figures;
    Load& load;
    ConnectionCensus& census;
    std::string token;
    std::function<std::shared_ptr<const proxy::Snapshot>()> snapshot;  // the one in force
    std::function<bool()> is_ending;
  };
  explicit ControlCenter(Parts parts);
  ~ControlCenter();

  Resources resources();
  // Something happened that is to be seen.
  void note(ActivityEntry entry) { activity_.add(std::move(entry)); }
  // The process ends: what a drill has broken is mended.
  void drain() { drills_.drain(); }
  bool is_mended() const { return drills_.is_mended(); }
  // The last thing that whoever listens hears.
  void end_events() { hub_.close(); }

  bool is_dirty() const override;
  void advance() override;
  void reap() override {}

 private:
  // What was seen of a backend at the last look.
  struct Seen {
    std::shared_ptr<upstream::Backend> backend;
    bool is_healthy = true;
    bool is_ejected = false;
    upstream::Service service = upstream::Service::running;
    RetryTally retries{};
  };

  void due() override { is_due_ = true; }
  void tell(const ActivityEntry& entry);
  void look_at_backends();
  void look_at_snapshot();
  void tell_retries();
  void publish_state();
  void chart();

  std::string status_json() const;
  BackendView view_of(const upstream::Backend& backend) const;
  std::string backend_json(const upstream::Backend& backend) const;
  std::string backends_json() const;
  Response activity(const Request& request) const;
  Response events(const Request& request);
  void list_connections(const Request& request, Promise promise);
  Response operate(const Request& request, Operations::Action action);
  Response crash(const Request& request);
  Response set_level(const Request& request);
  Response start_load(const Request& request);
  Response stop_load(const Request& request);
  void note_load(std::string_view message, std::string detail);
  Response carry_out(const std::shared_ptr<upstream::Backend>& backend, Operations::Action action,
                     const Request& request);

  Parts parts_;
  const WallTime started_;
  Gate gate_;
  EventHub hub_;
  Activity activity_;
  Operations operations_;
  Drills drills_;
  Series series_;
  TimePoint charted_at_{};
  std::vector<Seen> seen_;
  std::shared_ptr<const proxy::Snapshot> seen_snapshot_;
  bool is_due_ = false;
};

}  // namespace qp::admin
