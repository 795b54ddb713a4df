// One run of a drill, from its load's first request to its verdict: a machine that looks at the world a few
// times a second and takes the next step. Whatever ends it, its load is stopped and its fault undone before
// it is over. Runs on control and never waits.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/activity.h"
#include "admin/drill_record.h"
#include "admin/drill_sampler.h"
#include "admin/drill_script.h"
#include "admin/figures.h"
#include "admin/load.h"
#include "admin/operations.h"
#include "base/clock.h"
#include "proxy/snapshot.h"

namespace qp::admin {

class DrillRun final {
 public:
  // All of it outlives the run.
  struct Parts {
    const Turn& turn;
    Load& load;
    Operations& operations;
    const Figures& figures;
    Activity& activity;
    std::function<std::shared_ptr<const proxy::Snapshot>()> snapshot;
  };
  // What comes of it is written into `record`, which outlives it.
  DrillRun(const Parts& parts, DrillScript script, DrillRecord& record);

  // How long an order to the driver may take.
  static constexpr Duration kOrderPatience = std::chrono::seconds(60);

  void begin(std::string_view who);
  // A few times a second.
  void advance();
  // Once a second, when the figures are fresh; advance() follows.
  void take_sample();
  // What was broken is mended, and then it is over.
  void break_off(std::string why);
  void note(const ActivityEntry& entry);
  bool is_over() const { return phase_ == DrillPhase::over; }
  bool is_mended() const { return !is_broken_; }

 private:
  enum class Verdict : uint8_t { holds, broken };
  enum class Progress : uint8_t { stays, moved };

  Progress step();
  Progress watch_steady_state();
  Progress break_it();
  Progress watch_shift();
  Progress mend();
  Progress watch_recovery();
  Progress watch_aftermath();
  Progress settle();

  void enter(DrillPhase phase);
  void leave(DrillPhase next);
  void fail_step();
  void conclude();
  void judge(DrillCheck::Subject about, Verdict verdict, std::string reason);
  void judge_p99(DrillCheck::Subject about, Duration max);
  bool is_slow(Duration p99_max) const;
  void look_at_load();
  void look_at_shift(const DrillSample& sample);
  void look_at_success();
  bool may_be_broken_off() const;
  std::shared_ptr<upstream::Backend> subject() const;
  Duration elapsed() const { return parts_.turn.now - began_at_; }
  Duration in_phase() const { return parts_.turn.now - entered_at_; }
  std::string who() const { return "the drill " + record_.name; }
  std::string success_story() const;
  void tell(LogLevel level, std::string_view message, std::string detail);

  const Parts parts_;
  const DrillScript script_;
  const LoadPlan load_plan_;
  DrillRecord& record_;
  DrillSampler sampler_;
  DrillPhase phase_ = DrillPhase::before;
  TimePoint began_at_{};
  TimePoint entered_at_{};
  TimePoint broken_at_{};
  TimePoint mended_at_{};
  bool is_broken_ = false;   // the fault was made and is not undone
  bool is_ordered_ = false;  // by this phase, of the driver
  bool has_its_load_ = true;
  bool was_out_ = false;  // of rotation, when the last sample was taken
  std::optional<Duration> shift_time_;
  std::optional<Duration> recovery_time_;
  std::optional<std::string> abort_reason_;
  std::vector<std::string> reasons_;  // why it fails
};

}  // namespace qp::admin
