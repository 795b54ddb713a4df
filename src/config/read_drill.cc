#include "config/read_drill.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "config/file.h"

namespace qp::config {

namespace {

class DrillChecker {
 public:
  explicit DrillChecker(LoadedDrill& drill) : plan_(drill.plan), drill_(drill) {}

  void check() {
    if (plan_.fault.action == DrillAction::restart && drill_.marks.holds("fault.lasts")) {
      complain("fault.lasts", "a restart ends by itself", "no \"lasts\"");
    }
    if (plan_.abort.failed_requests_above < plan_.failed_requests_max) {
      complain("abort.failed_requests_above",
               fmt::format("the drill is broken off at {} failed requests, and {} are allowed",
                           plan_.abort.failed_requests_above + 1, plan_.failed_requests_max),
               fmt::format("at least {}", plan_.failed_requests_max));
    }
    if (longest() > kDrillDurationMax) {
      complain("fault", fmt::format("the drill may take {}", print_duration(longest())),
               fmt::format("at most {} in all", print_duration(kDrillDurationMax)));
    }
  }

 private:
  void complain(std::string_view path, std::string message, std::string expected) {
    if (drill_.marks.is_wrong(path)) return;
    drill_.complaints.push_back(
        {.mark = drill_.marks.of(path), .message = std::move(message), .expected = std::move(expected)});
  }

  /// As far as it is known here.
  Duration longest() const {
    const auto known = [](Duration duration) { return std::max(duration, Duration::zero()); };
    return plan_.before.lasts + std::max(known(plan_.fault.lasts), known(plan_.during.shifted_within)) +
           known(plan_.after.recovered_within) + plan_.after.lasts;
  }

  const DrillPlan& plan_;
  LoadedDrill& drill_;
};

std::string first_line(std::string text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

LoadedDrill read_drill(const Source& source) {
  LoadedDrill drill;
  if (source.text.size() > kDrillBytesMax) {
    drill.complaints.push_back({.mark = {},
                                .message = fmt::format("the drill has {} bytes", source.text.size()),
                                .expected = fmt::format("at most {}", kDrillBytesMax)});
    return drill;
  }
  const Environment nothing = [](std::string_view) { return std::nullopt; };
  static_cast<Reading&>(drill) = load(source, nothing, section_of(drill.plan));
  DrillChecker(drill).check();
  std::ranges::sort(drill.complaints, {},
                    [](const Complaint& each) { return std::tie(each.mark, each.message); });
  if (drill.plan.title.empty()) drill.plan.title = drill.plan.name;
  return drill;
}

void read_drill_files(Config& config, Reading& reading) {
  std::vector<DrillPlan>& plans = config.control.drill_plans;
  for (std::size_t i = 0; i < config.control.drills.size(); ++i) {
    const std::string& file = config.control.drills[i];
    const auto complain = [&](std::string message) {
      reading.complaints.push_back({.mark = reading.marks.of(fmt::format("control.drills[{}]", i)),
                                    .message = std::move(message),
                                    .expected = "the file of a drill"});
    };
    auto text = read_file(file);
    if (!text) {
      complain(std::move(text.error()));
      continue;
    }
    const Source source{.name = file, .text = *std::move(text)};
    LoadedDrill drill = read_drill(source);
    if (!drill.complaints.empty()) {
      complain(first_line(to_text(source, {drill.complaints.front()})));
    } else if (std::ranges::find(plans, drill.plan.name, &DrillPlan::name) != plans.end()) {
      complain(fmt::format("drill \"{}\" is given twice", drill.plan.name));
    } else {
      plans.push_back(std::move(drill.plan));
    }
  }
}

}  // namespace qp::config
