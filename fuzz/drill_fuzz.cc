// Any text may be sent as a drill. What is accepted keeps its bounds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/read_drill.h"

using namespace qp::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Source source{.name = "fuzz.yaml", .text = std::string(reinterpret_cast<const char*>(data), size)};
  const LoadedDrill drill = read_drill(source);
  (void)to_text(source, drill.complaints);
  if (!drill.complaints.empty()) return 0;

  const DrillPlan& plan = drill.plan;
  const bool is_bounded = size <= kDrillBytesMax && !plan.name.empty() && plan.load.rate <= 1000 &&
                          plan.before.lasts + plan.after.lasts <= kDrillDurationMax;
  if (!is_bounded) std::abort();
  return 0;
}
