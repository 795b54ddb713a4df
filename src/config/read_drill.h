// From the text of a drill to a checked plan: for the file of an operator, and for one that is sent to the
// control center. The environment has no say in it: whoever sends a drill must not read ours.
#pragma once
#include <cstddef>
#include <string_view>

#include "config/drill_plan.h"
#include "config/load.h"

namespace qp::config {

inline constexpr std::size_t kDrillBytesMax = 64 * 1024;
inline constexpr Duration kDrillDurationMax = std::chrono::hours(1);  // of all that a plan waits for

struct LoadedDrill : Reading {
  DrillPlan plan;
};

/// All complaints at once, in the order of the text. YAML, and with it JSON.
LoadedDrill read_drill(const Source& source);

/// Fills in Control::drill_plans: the drills of its files. Complains at the file's name.
void read_drill_files(Config& config, Reading& reading);

/// The text of drills/failover.yaml, which every proxy knows.
std::string_view failover_drill();

}  // namespace qp::config
