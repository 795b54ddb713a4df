#include "admin/drills.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "admin/drill_report.h"
#include "base/json.h"

namespace qp::admin {

namespace {

// How often a run looks at the world.
constexpr Duration kLookPause = std::chrono::milliseconds(100);
// Of a drill that was sent, one answer names no more mistakes than these.
constexpr size_t kComplaintsToldMax = 10;

// A report is a page of its own that nothing is loaded for and nothing runs in.
constexpr std::string_view kReportPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string told(const config::Complaints& complaints) {
  std::string text;
  for (size_t i = 0; i < complaints.size() && i < kComplaintsToldMax; ++i) {
    const config::Complaint& one = complaints[i];
    if (i > 0) text += "; ";
    text += fmt::format("line {}, column {}: {}", one.mark.line, one.mark.column, one.message);
    if (!one.expected.empty()) text += ", expected " + one.expected;
  }
  return text;
}

}  // namespace

Drills::Drills(Parts parts)
    : parts_(std::move(parts)),
      own_plan_(
          config::read_drill({.name = "failover", .text = std::string(config::failover_drill())}).plan) {}

void Drills::add_to(Resources& resources) {
  resources.add("GET", "/api/drills", [this](const Request&) { return list(); });
  resources.add("POST", "/api/drills/start", [this](const Request& request) { return start(request); });
  resources.add("POST", "/api/drills/stop", [this](const Request& request) { return stop(request); });
  resources.add("GET", "/api/drills/run", [this](const Request& request) { return show(request); });
  resources.add("GET", "/api/drills/report", [this](const Request& request) { return report(request); });
}

void Drills::advance() {
  if (!std::exchange(is_due_, false) || !run_) return;
  run_->advance();
  if (!run_->is_over()) return parts_.timers.arm(*this, parts_.run.turn.now + kLookPause);
  publish();
  run_.reset();
}

void Drills::beat() {
  if (!run_) return;
  run_->take_sample();
  publish();
}

void Drills::note(const ActivityEntry& entry) {
  if (run_) run_->note(entry);
}

std::string Drills::event() const {
  return run_ ? event_text("drill", to_json(records_.front(), DrillDetail::news)) : "";
}

void Drills::drain() {
  if (run_) run_->break_off("the proxy ends");
}

void Drills::publish() {
  if (parts_.hub.listeners() > 0) parts_.hub.publish(event());
}

// Those of files, and our own unless one of them has its name.
std::vector<config::DrillPlan> Drills::plans() const {
  std::vector<config::DrillPlan> plans = parts_.run.snapshot()->config.control.drill_plans;
  if (std::ranges::find(plans, own_plan_.name, &config::DrillPlan::name) == plans.end()) {
    plans.insert(plans.begin(), own_plan_);
  }
  return plans;
}

std::expected<std::string, std::string> Drills::choose_subject(const config::DrillFault& fault) {
  const auto& backends = parts_.run.snapshot()->backends;
  if (fault.backend == config::DrillFault::kFirst) return backends.front()->config.name;
  if (fault.backend == config::DrillFault::kRandom) {
    const auto healthy = parts_.run.operations.free_and_healthy(backends);
    if (healthy.empty()) return std::unexpected("no backend is healthy");
    return healthy[parts_.random.below(static_cast<uint32_t>(healthy.size()))]->config.name;
  }
  const auto named =
      std::ranges::find(backends, fault.backend, [](const auto& one) { return one->config.name; });
  if (named != backends.end()) return fault.backend;
  return std::unexpected(fmt::format("there is no backend \"{}\", which the drill breaks", fault.backend));
}

DrillScript Drills::script(const config::DrillPlan& plan, std::string subject) const {
  const auto snapshot = parts_.run.snapshot();
  const auto backend =
      std::ranges::find(snapshot->backends, subject, [](const auto& one) { return one->config.name; });
  const config::HealthCheck& check =
      backend == snapshot->backends.end() ? snapshot->config.health_check : (*backend)->config.health_check;
  return make_script(plan, std::move(subject), check);
}

Response Drills::list() const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("drills");
  json.begin_array();
  for (const config::DrillPlan& plan : plans()) {
    json.begin_object();
    json.field("name", plan.name);
    json.field("title", plan.title);
    json.field("description", plan.description);
    json.field("duration_seconds", seconds_of(script(plan, plan.fault.backend).duration()));
    json.end_object();
  }
  json.end_array();
  json.key("runs");
  json.begin_array();
  for (const DrillRecord& record : records_)
    json.literal(to_json(record, DrillDetail::summary));
  json.end_array();
  json.end_object();
  return json_response(std::move(body));
}

Response Drills::start(const Request& request) {
  if (!request.body.empty()) {
    auto drill = config::read_drill({.name = "body", .text = std::string(request.body)});
    if (!drill.complaints.empty()) return refusal(400, "bad_body", told(drill.complaints));
    return begin(std::move(drill.plan), request);
  }
  const auto name = request.parameter("name");
  if (!name)
    return refusal(400, "bad_parameter", "name has to be that of a drill, or the body has to be one");
  std::vector<config::DrillPlan> known = plans();
  const auto plan = std::ranges::find(known, *name, &config::DrillPlan::name);
  if (plan == known.end())
    return refusal(404, "unknown_drill", fmt::format("there is no drill \"{}\"", *name));
  return begin(std::move(*plan), request);
}

Response Drills::begin(config::DrillPlan plan, const Request& request) {
  if (parts_.is_ending()) return refusal(503, "ending", "the proxy is ending");
  if (run_) return refusal(409, "conflict", fmt::format("the drill {} is under way", records_.front().name));
  if (parts_.run.load.figures().is_running) {
    return refusal(409, "conflict", "a load is under way, and a drill needs one of its own");
  }
  auto subject = choose_subject(plan.fault);
  if (!subject) return refusal(409, "conflict", subject.error());
  DrillScript wanted = script(plan, *std::move(subject));
  if (const Duration longest = wanted.duration(); longest > config::kDrillDurationMax) {
    return refusal(
        409, "conflict",
        fmt::format("with these health checks the drill takes up to {:.0f} s, and an hour is the most",
                    seconds_of(longest)));
  }
  if (records_.size() == kRunsMax) records_.pop_back();
  records_.push_front({.id = ++last_id_});
  run_.emplace(parts_.run, std::move(wanted), records_.front());
  run_->begin(request.peer.address);
  is_due_ = true;
  return json_response(to_json(records_.front(), DrillDetail::whole), 202);
}

Response Drills::stop(const Request& request) {
  if (!run_) return refusal(409, "conflict", "no drill is under way");
  run_->break_off(fmt::format("it was stopped by {}", request.peer.address));
  is_due_ = true;
  return json_response(to_json(records_.front(), DrillDetail::whole), 202);
}

std::expected<const DrillRecord*, Response> Drills::record_of(const Request& request) const {
  const auto id = config::parse_count(request.parameter("id").value_or(""));
  if (!id || *id == 0) return std::unexpected(refusal(400, "bad_parameter", "id has to be that of a run"));
  const auto found = std::ranges::find(records_, *id, &DrillRecord::id);
  if (found != records_.end()) return &*found;
  return std::unexpected(
      refusal(404, "unknown_run", fmt::format("there is no run {}, or none any more", *id)));
}

Response Drills::show(const Request& request) const {
  const auto record = record_of(request);
  return record ? json_response(to_json(**record, DrillDetail::whole)) : record.error();
}

Response Drills::report(const Request& request) const {
  const auto record = record_of(request);
  if (!record) return record.error();
  Response response{.type = "text/html; charset=utf-8", .body = drill_report(**record), .fields = {}};
  response.fields.add("content-security-policy", kReportPolicy);
  return response;
}

}  // namespace qp::admin
