#include "admin/drill_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/units.h"

namespace qp::admin {

namespace {

using config::print_duration;

// How much later than it should a check may find something out.
constexpr Duration kSlack = std::chrono::seconds(10);
constexpr Duration kFaultMin = std::chrono::seconds(5);

// How long so many checks in a row take.
Duration rhythm(const config::HealthCheck& check, uint32_t checks) {
  return check.enabled ? check.interval * checks : Duration::zero();
}

void fill_in(Duration& duration, Duration otherwise) {
  if (duration == config::kAuto) duration = otherwise;
}

std::string_view verb_of(config::DrillAction action) {
  switch (action) {
    case config::DrillAction::stop: return "Stop";
    case config::DrillAction::crash: return "Crash";
    case config::DrillAction::drain: return "Drain";
    case config::DrillAction::restart: return "Restart";
  }
  std::unreachable();
}

std::string text_of(const config::Minimum& minimum) {
  return minimum.is_percent ? fmt::format("{} % of the backends", minimum.value)
                            : fmt::format("{} of the backends", minimum.value);
}

}  // namespace

DrillScript make_script(config::DrillPlan plan, std::string subject, const config::HealthCheck& check) {
  const Duration last_check = check.enabled ? check.timeout : Duration::zero();
  const Duration to_find_out = rhythm(check, check.unhealthy_threshold);
  fill_in(plan.fault.lasts, std::max(2 * to_find_out, kFaultMin));
  fill_in(plan.during.shifted_within, to_find_out + last_check + kSlack);
  fill_in(plan.after.recovered_within, rhythm(check, check.healthy_threshold) + last_check + kSlack);
  if (plan.fault.action == config::DrillAction::restart) {
    plan.fault.lasts = plan.during.shifted_within = Duration::zero();
  }
  return {.plan = std::move(plan), .subject = std::move(subject)};
}

Duration DrillScript::duration() const {
  return plan.before.lasts + std::max(plan.fault.lasts, plan.during.shifted_within) +
         plan.after.recovered_within + plan.after.lasts + kSettlePatience;
}

Operations::Action DrillScript::fault() const {
  switch (plan.fault.action) {
    case config::DrillAction::stop: return Operations::Action::stop;
    case config::DrillAction::crash: return Operations::Action::crash;
    case config::DrillAction::drain: return Operations::Action::drain;
    case config::DrillAction::restart: return Operations::Action::restart;
  }
  std::unreachable();
}

Operations::Action DrillScript::mend() const {
  const bool is_drain = plan.fault.action == config::DrillAction::drain;
  return is_drain ? Operations::Action::undrain : Operations::Action::start;
}

std::vector<DrillStep> DrillScript::steps() const {
  std::vector<DrillStep> steps;
  Duration at = Duration::zero();
  const auto add = [&](DrillPhase phase, std::string text, Duration lasts) {
    steps.push_back({.phase = phase, .at_seconds = seconds_of(at), .text = std::move(text)});
    at += lasts;
  };
  add(DrillPhase::before,
      fmt::format("Watch the steady state for {}, under {} requests a second",
                  print_duration(plan.before.lasts), plan.load.rate),
      plan.before.lasts);
  add(DrillPhase::breaking, fmt::format("{} {}", verb_of(plan.fault.action), subject), Duration::zero());
  if (!is_restart()) {
    add(DrillPhase::during, "Wait for the others to take over", plan.fault.lasts);
    const bool is_start = mend() == Operations::Action::start;
    add(DrillPhase::mending,
        is_start ? fmt::format("Start {} again", subject)
                 : fmt::format("Take {} back into rotation", subject),
        Duration::zero());
  }
  add(DrillPhase::recovering, fmt::format("Wait until {} is back in rotation", subject),
      plan.after.recovered_within);
  add(DrillPhase::after, fmt::format("Watch for {} more", print_duration(plan.after.lasts)),
      plan.after.lasts);
  add(DrillPhase::settling, "End the load, and wait for the last answers", Duration::zero());
  return steps;
}

std::vector<DrillCheck> DrillScript::checks() const {
  using Subject = DrillCheck::Subject;
  std::vector<DrillCheck> checks;
  const auto add = [&checks](Subject about, std::string text) {
    checks.push_back({.subject = about, .text = std::move(text)});
  };
  const auto add_p99 = [&](Subject about, std::string_view when, Duration max) {
    if (max == config::kOff) return;
    add(about, fmt::format("{} the fault p99 is at most {}", when, print_duration(max)));
  };
  if (plan.before.healthy_backends.value > 0) {
    add(Subject::healthy_backends,
        fmt::format("Before the fault {} take requests", text_of(plan.before.healthy_backends)));
  }
  add(Subject::success,
      fmt::format("Before the fault {} % of the requests succeed", plan.before.success_percent));
  add_p99(Subject::p99_before, "Before", plan.before.p99_max);
  if (!is_restart()) {
    add(Subject::shift,
        fmt::format("Others take over within {}", print_duration(plan.during.shifted_within)));
  }
  add_p99(Subject::p99_during, "During", plan.during.p99_max);
  add(Subject::recovery,
      fmt::format("{} is back in rotation within {}", subject, print_duration(plan.after.recovered_within)));
  add_p99(Subject::p99_after, "After", plan.after.p99_max);
  add(Subject::failed_requests, plan.failed_requests_max == 0
                                    ? std::string("No request fails")
                                    : fmt::format("At most {} requests fail", plan.failed_requests_max));
  return checks;
}

double seconds_of(Duration duration) {
  return static_cast<double>(duration / std::chrono::milliseconds(1)) / 1000;
}

}  // namespace qp::admin
