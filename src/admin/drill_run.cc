#include "admin/drill_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/units.h"
#include "upstream/cluster.h"

namespace qp::admin {

namespace {

using Subject = DrillCheck::Subject;

// Fewer answers than that say nothing about their share of success.
constexpr uint64_t kAnswersMin = 20;

LoadPlan load_of(const DrillScript& script) {
  // It ends with the drill; this is for the case that nobody ends it.
  const Duration longest = script.duration() + 3 * DrillRun::kOrderPatience;
  return {.rate = script.plan.load.rate,
          .duration = std::chrono::duration_cast<std::chrono::seconds>(longest),
          .path = script.plan.load.path};
}

// "a; b" -> "A; b."
std::string sentence(const std::vector<std::string>& reasons) {
  std::string text = fmt::format("{}.", fmt::join(reasons, "; "));
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

}  // namespace

DrillRun::DrillRun(const Parts& parts, DrillScript script, DrillRecord& record)
    : parts_(parts),
      script_(std::move(script)),
      load_plan_(load_of(script_)),
      record_(record),
      sampler_(parts_.figures, record_) {}

void DrillRun::begin(std::string_view who) {
  record_.name = script_.plan.name;
  record_.title = script_.plan.title;
  record_.started = parts_.turn.wall;
  record_.duration_seconds = seconds_of(script_.duration());
  record_.steps = script_.steps();
  record_.checks = script_.checks();
  sampler_.begin(*parts_.snapshot(), script_.subject);
  began_at_ = parts_.turn.now;
  tell(LogLevel::info, "Drill started", fmt::format("{} by {}", record_.name, who));
  parts_.load.start(load_plan_);
  enter(DrillPhase::before);
}

void DrillRun::advance() {
  if (is_over()) return;
  look_at_load();
  if (may_be_broken_off() && subject() == nullptr) {
    break_off(fmt::format("its backend {} is not configured any more", script_.subject));
  }
  while (!is_over() && step() == Progress::moved) {
  }
}

DrillRun::Progress DrillRun::step() {
  switch (phase_) {
    case DrillPhase::before: return watch_steady_state();
    case DrillPhase::breaking: return break_it();
    case DrillPhase::during: return watch_shift();
    case DrillPhase::mending: return mend();
    case DrillPhase::recovering: return watch_recovery();
    case DrillPhase::after: return watch_aftermath();
    case DrillPhase::settling: return settle();
    case DrillPhase::over: return Progress::stays;
  }
  std::unreachable();
}

DrillRun::Progress DrillRun::watch_steady_state() {
  const config::DrillBefore& wanted = script_.plan.before;
  if (in_phase() < wanted.lasts) return Progress::stays;
  const auto& backends = parts_.snapshot()->backends;
  const auto healthy = static_cast<size_t>(
      std::ranges::count_if(backends, [](const auto& one) { return one->may_be_chosen(); }));
  const size_t needed = upstream::members_of(wanted.healthy_backends, backends.size());
  judge(Subject::healthy_backends, healthy >= needed ? Verdict::holds : Verdict::broken,
        fmt::format("{} of {} backends took requests before the fault, not {}", healthy, backends.size(),
                    needed));
  const uint64_t answered = record_.succeeded + record_.failed;
  if (answered == 0) {
    judge(Subject::success, Verdict::broken, "no request was answered before the fault");
  } else {
    const bool is_enough = 100 * record_.succeeded >= wanted.success_percent * answered;
    judge(Subject::success, is_enough ? Verdict::holds : Verdict::broken,
          fmt::format("{} of {} requests failed before the fault", record_.failed, answered));
  }
  judge_p99(Subject::p99_before, wanted.p99_max);
  enter(reasons_.empty() ? DrillPhase::breaking : DrillPhase::settling);
  return Progress::moved;
}

DrillRun::Progress DrillRun::break_it() {
  const auto backend = subject();
  Operations& operations = parts_.operations;
  const std::string_view action = name_of(script_.fault());
  if (!std::exchange(is_ordered_, true)) {
    if (!operations.begin(backend, script_.fault(), who())) {
      break_off(fmt::format("{} is pending for {}", operations.pending(*backend), script_.subject));
      return Progress::moved;
    }
    is_broken_ = true;
    broken_at_ = parts_.turn.now;
  }
  if (!operations.pending(*backend).empty()) {
    if (in_phase() < kOrderPatience) return Progress::stays;
    break_off(fmt::format("the driver took too long to {} {}", action, script_.subject));
    return Progress::moved;
  }
  if (const std::string failure = operations.failure(*backend); !failure.empty()) {
    break_off(fmt::format("the driver could not {} {}: {}", action, script_.subject, failure));
    return Progress::moved;
  }
  if (script_.is_restart()) {
    is_broken_ = false;
    mended_at_ = parts_.turn.now;
  }
  enter(script_.is_restart() ? DrillPhase::recovering : DrillPhase::during);
  return Progress::moved;
}

DrillRun::Progress DrillRun::watch_shift() {
  const Duration since = parts_.turn.now - broken_at_;
  const Duration patience = script_.plan.during.shifted_within;
  if (shift_time_) {
    judge(Subject::shift, Verdict::holds, {});
  } else if (since >= patience) {
    judge(Subject::shift, Verdict::broken,
          fmt::format("the others had not taken over from {} after {}", script_.subject,
                      config::print_duration(patience)));
  } else {
    return Progress::stays;
  }
  if (since < script_.plan.fault.lasts) return Progress::stays;
  judge(Subject::p99_during, Verdict::holds, {});
  enter(DrillPhase::mending);
  return Progress::moved;
}

// Also where the fault itself is still being made: the order for it has to be over first.
DrillRun::Progress DrillRun::mend() {
  const auto backend = subject();
  Operations& operations = parts_.operations;
  const bool is_pending = backend != nullptr && !operations.pending(*backend).empty();
  const bool is_late = in_phase() >= kOrderPatience;
  if (is_pending && !is_late) return Progress::stays;
  if (is_pending) {
    reasons_.push_back(fmt::format("{} was still pending for {} after {}", operations.pending(*backend),
                                   script_.subject, config::print_duration(kOrderPatience)));
  } else if (backend != nullptr && !std::exchange(is_ordered_, true)) {
    mended_at_ = parts_.turn.now;
    operations.begin(backend, script_.mend(), who());
    return Progress::moved;
  } else if (backend != nullptr) {
    if (const std::string failure = operations.failure(*backend); !failure.empty()) {
      reasons_.push_back(
          fmt::format("the driver could not {} {}: {}", name_of(script_.mend()), script_.subject, failure));
    }
  }
  is_broken_ = false;
  enter(abort_reason_ ? DrillPhase::settling : DrillPhase::recovering);
  return Progress::moved;
}

DrillRun::Progress DrillRun::watch_recovery() {
  const Duration since = parts_.turn.now - mended_at_;
  const Duration patience = script_.plan.after.recovered_within;
  const bool is_back = subject()->may_be_chosen();
  if (is_back && since <= patience) {
    recovery_time_ = since;
    judge(Subject::recovery, Verdict::holds, {});
    enter(DrillPhase::after);
    return Progress::moved;
  }
  if (!is_back && since < patience) return Progress::stays;
  judge(
      Subject::recovery, Verdict::broken,
      fmt::format("after {} {} was not back in rotation", config::print_duration(patience), script_.subject));
  enter(DrillPhase::settling);
  return Progress::moved;
}

DrillRun::Progress DrillRun::watch_aftermath() {
  if (in_phase() < script_.plan.after.lasts) return Progress::stays;
  judge_p99(Subject::p99_after, script_.plan.after.p99_max);
  enter(DrillPhase::settling);
  return Progress::moved;
}

DrillRun::Progress DrillRun::settle() {
  const bool is_answered = record_.succeeded + record_.failed >= record_.sent;
  if (has_its_load_ && !is_answered && in_phase() < DrillScript::kSettlePatience) return Progress::stays;
  conclude();
  return Progress::moved;
}

void DrillRun::enter(DrillPhase phase) {
  leave(phase);
  phase_ = phase;
  entered_at_ = parts_.turn.now;
  is_ordered_ = false;
  const auto step = std::ranges::find(record_.steps, phase, &DrillStep::phase);
  if (step != record_.steps.end()) {
    step->at_seconds = seconds_of(elapsed());
    tell(LogLevel::info, "Drill step", step->text);
  }
  if (phase == DrillPhase::settling && has_its_load_) parts_.load.stop();
}

// The steps between this one and the next one are left out.
void DrillRun::leave(DrillPhase next) {
  for (DrillStep& step : record_.steps) {
    if (step.state != DrillStep::State::waiting || step.phase >= next) continue;
    step.state = step.phase == phase_ ? DrillStep::State::done : DrillStep::State::skipped;
  }
}

void DrillRun::fail_step() {
  const auto step = std::ranges::find(record_.steps, phase_, &DrillStep::phase);
  if (step != record_.steps.end()) step->state = DrillStep::State::failed;
}

void DrillRun::break_off(std::string why) {
  if (!may_be_broken_off()) return;
  tell(LogLevel::warn, "Drill broken off", why);
  abort_reason_ = std::move(why);
  if (has_its_load_) parts_.load.stop();
  fail_step();
  if (!is_broken_) {
    enter(DrillPhase::settling);
  } else if (phase_ != DrillPhase::mending) {
    enter(DrillPhase::mending);
  }
}

bool DrillRun::may_be_broken_off() const {
  return !abort_reason_ && phase_ < DrillPhase::settling;
}

void DrillRun::conclude() {
  const uint64_t allowed = script_.plan.failed_requests_max;
  judge(Subject::failed_requests, record_.failed <= allowed ? Verdict::holds : Verdict::broken,
        fmt::format("{} of {} requests failed{}", record_.failed, record_.sent,
                    allowed == 0 ? "" : fmt::format(", more than {}", allowed)));
  using State = DrillRecord::State;
  if (abort_reason_) {
    record_.state = State::aborted;
    reasons_.insert(reasons_.begin(), *abort_reason_);
  } else {
    record_.state = reasons_.empty() ? State::passed : State::failed;
  }
  record_.verdict = reasons_.empty() ? success_story() : sentence(reasons_);
  record_.ended = parts_.turn.wall;
  enter(DrillPhase::over);
  tell(record_.state == State::passed ? LogLevel::info : LogLevel::warn,
       fmt::format("Drill {}", name_of(record_.state)), record_.verdict);
}

std::string DrillRun::success_story() const {
  std::string story = record_.failed == 0
                          ? fmt::format("None of {} requests failed.", record_.sent)
                          : fmt::format("{} of {} requests failed, and {} were allowed to.", record_.failed,
                                        record_.sent, script_.plan.failed_requests_max);
  if (shift_time_) {
    story += fmt::format(" The others took over from {} within {:.1f} s.", script_.subject,
                         seconds_of(*shift_time_));
  }
  if (recovery_time_) {
    story += fmt::format(" It was back in rotation {:.1f} s after {}.", seconds_of(*recovery_time_),
                         script_.is_restart() ? "its restart" : "it was mended");
  }
  return story;
}

void DrillRun::judge(Subject about, Verdict verdict, std::string reason) {
  const auto check = std::ranges::find(record_.checks, about, &DrillCheck::subject);
  if (check == record_.checks.end() || check->state != DrillCheck::State::waiting) return;
  if (verdict == Verdict::holds) {
    check->state = DrillCheck::State::holds;
    return;
  }
  check->state = DrillCheck::State::broken;
  if (about != Subject::failed_requests) fail_step();  // those were no step's own
  tell(LogLevel::warn, "Drill expectation broken", reason);
  reasons_.push_back(std::move(reason));
}

void DrillRun::judge_p99(Subject about, Duration max) {
  judge(about, is_slow(max) ? Verdict::broken : Verdict::holds,
        fmt::format("latency at p99 was {:.0f} ms, above {}",
                    parts_.figures.traffic().latency.p99_ms.value_or(0), config::print_duration(max)));
}

// Where there was no request there is no p99, and that is for others to complain about.
bool DrillRun::is_slow(Duration p99_max) const {
  const double p99_ms = parts_.figures.traffic().latency.p99_ms.value_or(0);
  return p99_max != config::kOff && p99_ms > 1000 * std::chrono::duration<double>(p99_max).count();
}

void DrillRun::look_at_load() {
  if (!has_its_load_) return;
  const LoadFigures load = parts_.load.figures();
  has_its_load_ = load.plan == load_plan_ && (load.is_running || !may_be_broken_off());
  if (!has_its_load_) return break_off("its load was stopped or changed by somebody else");
  record_.sent = load.sent;
  record_.succeeded = load.succeeded;
  record_.failed = load.failed;
  const uint32_t allowed = script_.plan.abort.failed_requests_above;
  if (may_be_broken_off() && record_.failed > allowed) {
    break_off(fmt::format("{} requests failed, and more than {} break it off", record_.failed, allowed));
  }
}

void DrillRun::take_sample() {
  if (is_over()) return;
  look_at_load();
  look_at_shift(sampler_.take(*parts_.snapshot(), seconds_of(elapsed())));
  look_at_success();
  if (phase_ == DrillPhase::during && is_slow(script_.plan.during.p99_max)) {
    judge_p99(Subject::p99_during, script_.plan.during.p99_max);
  }
}

// The first second that began with the backend out of rotation, and in which only others served.
void DrillRun::look_at_shift(const DrillSample& sample) {
  if (phase_ != DrillPhase::during) return;
  const auto backend = subject();
  const bool is_out = backend != nullptr && !backend->may_be_chosen();
  if (!std::exchange(was_out_, is_out) || !is_out || shift_time_) return;
  uint64_t own = 0;
  uint64_t all = 0;
  for (size_t place = 0; place < record_.backends.size(); ++place) {
    all += sample.requests[place];
    if (record_.backends[place] == script_.subject) own = sample.requests[place];
  }
  if (own == 0 && all > 0) shift_time_ = parts_.turn.now - broken_at_;
}

void DrillRun::look_at_success() {
  const DrillSampler::Answers recent = sampler_.recent();
  const uint32_t least = script_.plan.abort.success_percent_below;
  if (recent.all < kAnswersMin || 100 * recent.succeeded >= least * recent.all) return;
  break_off(fmt::format("{} of the last {} requests succeeded, and less than {} % break it off",
                        recent.succeeded, recent.all, least));
}

void DrillRun::note(const ActivityEntry& entry) {
  if (record_.timeline.size() == DrillRecord::kTimelineMax) record_.timeline.erase(record_.timeline.begin());
  record_.timeline.push_back(entry);
}

std::shared_ptr<upstream::Backend> DrillRun::subject() const {
  const auto snapshot = parts_.snapshot();
  const auto found = std::ranges::find(snapshot->backends, script_.subject,
                                       [](const auto& one) { return one->config.name; });
  return found == snapshot->backends.end() ? nullptr : *found;
}

void DrillRun::tell(LogLevel level, std::string_view message, std::string detail) {
  parts_.activity.add({.time = parts_.turn.wall,
                       .kind = ActivityEntry::Kind::drill,
                       .level = level,
                       .message = std::string(message),
                       .detail = std::move(detail)});
}

}  // namespace qp::admin
