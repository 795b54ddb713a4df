// What a drill will do, when, and what has to hold: its plan with everything filled in that the plan leaves
// to the backend that is broken.
#pragma once
#include <string>
#include <vector>

#include "admin/drill_record.h"
#include "admin/operations.h"
#include "config/config.h"
#include "config/drill_plan.h"

namespace qp::admin {

struct DrillScript {
  // For the last answers once the load has ended: as long as a request of a load may take, and a second more.
  static constexpr Duration kSettlePatience = std::chrono::seconds(11);

  config::DrillPlan plan;  // without `auto`
  std::string subject;     // the backend that is broken

  // At most, if nothing goes wrong.
  Duration duration() const;
  bool is_restart() const { return plan.fault.action == config::DrillAction::restart; }
  Operations::Action fault() const;
  Operations::Action mend() const;

  std::vector<DrillStep> steps() const;
  std::vector<DrillCheck> checks() const;
};

DrillScript make_script(config::DrillPlan plan, std::string subject, const config::HealthCheck& check);

double seconds_of(Duration duration);

}  // namespace qp::admin
