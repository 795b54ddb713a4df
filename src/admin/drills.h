// Failover drills: which there are, the run under way, and those of the past, with the part of the control
// API that is about them. One run at a time, and none beside a load of somebody else. Runs on control.
#pragma once
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/drill_run.h"
#include "admin/drill_script.h"
#include "admin/event_hub.h"
#include "admin/resources.h"
#include "base/random.h"
#include "base/timer_queue.h"
#include "config/read_drill.h"

namespace qp::admin {

class Drills final : private Timer {
 public:
  static constexpr size_t kRunsMax = 20;  // kept, the one under way included

  // All of it outlives the drills.
  struct Parts {
    DrillRun::Parts run;
    TimerQueue& timers;
    Random& random;
    EventHub& hub;
    std::function<bool()> is_ending;
  };
  explicit Drills(Parts parts);
  ~Drills() { parts_.timers.disarm(*this); }

  void add_to(Resources& resources);

  bool is_dirty() const { return is_due_; }
  void advance();
  // Once a second, when the figures are fresh.
  void beat();
  void note(const ActivityEntry& entry);
  // Of the run under way, for a stream of events that begins; empty without one.
  std::string event() const;
  // The process ends: the run under way is broken off.
  void drain();
  bool is_mended() const { return !run_ || run_->is_mended(); }

 private:
  void due() override { is_due_ = true; }
  void publish();
  std::vector<config::DrillPlan> plans() const;
  // Which backend it is to be, or why there is none.
  std::expected<std::string, std::string> choose_subject(const config::DrillFault& fault);
  DrillScript script(const config::DrillPlan& plan, std::string subject) const;
  std::expected<const DrillRecord*, Response> record_of(const Request& request) const;

  Response list() const;
  Response start(const Request& request);
  Response begin(config::DrillPlan plan, const Request& request);
  Response stop(const Request& request);
  Response show(const Request& request) const;
  Response report(const Request& request) const;

  Parts parts_;
  const config::DrillPlan own_plan_;
  std::deque<DrillRecord> records_;  // newest first
  std::optional<DrillRun> run_;      // of the first of them, until it is over
  uint64_t last_id_ = 0;
  bool is_due_ = false;
};

}  // namespace qp::admin
