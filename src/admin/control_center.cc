#include "admin/control_center.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "admin/control_page.h"
#include "admin/control_views.h"
#include "config/dump.h"
#include "config/units.h"

namespace qp::admin {

namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(1);

}  // namespace

ControlCenter::ControlCenter(Parts parts)
    : parts_(std::move(parts)),
      started_(parts_.turn.wall),
      gate_(parts_.token, parts_.snapshot()->config.control.address->host,
            parts_.snapshot()->config.control.allowed_origins,
            parts_.snapshot()->config.control.trusted_networks),
      activity_([this](const ActivityEntry& entry) { tell(entry); }),
      operations_({.turn = parts_.turn,
                   .timers = parts_.timers,
                   .rotation = parts_.rotation,
                   .driver = parts_.driver,
                   .activity = activity_,
                   .check_now = parts_.check_now,
                   .figures = parts_.figures}),
      drills_({.run = {.turn = parts_.turn,
                       .load = parts_.load,
                       .operations = operations_,
                       .figures = parts_.figures,
                       .activity = activity_,
                       .snapshot = parts_.snapshot},
               .timers = parts_.timers,
               .random = parts_.random,
               .hub = hub_,
               .is_ending = parts_.is_ending}) {
  parts_.figures.sample(parts_.turn.now, parts_.snapshot()->backends);  // what the first rates begin from
  parts_.timers.arm(*this, parts_.turn.now + kHeartbeat);
}

ControlCenter::~ControlCenter() {
  parts_.timers.disarm(*this);
}

Resources ControlCenter::resources() {
  using Action = Operations::Action;
  Resources resources;
  resources.guard([this](const Request& request) { return gate_.refuse(request); });
  add_control_page(resources, page_files());

  resources.add("GET", "/api/status", [this](const Request&) { return json_response(status_json()); });
  resources.add("GET", "/api/backends", [this](const Request&) { return json_response(backends_json()); });
  resources.add("GET", "/api/activity", [this](const Request& request) { return activity(request); });
  resources.add("GET", "/api/events", [this](const Request& request) { return events(request); });
  resources.add("GET", "/api/series", [this](const Request&) { return json_response(series_.to_json()); });
  resources.add("GET", "/connections", [this](const Request& request, Promise promise) {
    list_connections(request, std::move(promise));
  });
  resources.add("GET", "/routes",
                [this](const Request&) { return json_response(routes_json(*parts_.snapshot())); });
  resources.add("GET", "/config_dump", [this](const Request&) {
    return Response{.type = "application/yaml",
                    .body = config::dump(parts_.snapshot()->config, config::YamlWriter::Secrets::redacted),
                    .fields = {}};
  });
  for (const Action action : {Action::stop, Action::start, Action::restart, Action::drain, Action::undrain}) {
    resources.add("POST", fmt::format("/api/backend/{}", name_of(action)),
                  [this, action](const Request& request) { return operate(request, action); });
  }
  resources.add("POST", "/api/crash", [this](const Request& request) { return crash(request); });
  resources.add("POST", "/api/load/start", [this](const Request& request) { return start_load(request); });
  resources.add("POST", "/api/load/stop", [this](const Request& request) { return stop_load(request); });
  drills_.add_to(resources);
  resources.add("POST", "/api/logging", [this](const Request& request) { return set_level(request); });
  return resources;
}

// ---- turns

bool ControlCenter::is_dirty() const {
  if (is_due_ || operations_.is_dirty() || drills_.is_dirty() || parts_.snapshot() != seen_snapshot_)
    return true;
  return std::ranges::any_of(seen_, [](const Seen& seen) {
    const upstream::Standing& now = seen.backend->standing;
    return now.is_healthy() != seen.is_healthy || now.is_ejected() != seen.is_ejected ||
           now.service() != seen.service;
  });
}

void ControlCenter::advance() {
  if (operations_.is_dirty()) operations_.advance();
  look_at_backends();
  drills_.advance();
  if (!std::exchange(is_due_, false)) return;
  parts_.figures.sample(parts_.turn.now, parts_.snapshot()->backends);
  tell_retries();
  drills_.beat();
  publish_state();
  if (parts_.turn.now - charted_at_ >= Series::kStep) chart();
  parts_.timers.arm(*this, parts_.turn.now + kHeartbeat);
}

void ControlCenter::look_at_backends() {
  bool has_changed = false;
  if (seen_snapshot_ != parts_.snapshot()) {
    look_at_snapshot();
    has_changed = true;
  }
  for (Seen& seen : seen_) {
    const upstream::Standing& now = seen.backend->standing;
    const auto note = [&](ActivityEntry::Kind kind, LogLevel level, std::string_view message) {
      activity_.add({.time = parts_.turn.wall,
                     .kind = kind,
                     .level = level,
                     .backend = seen.backend->config.name,
                     .message = std::string(message),
                     .detail = {}});
      has_changed = true;
    };
    if (std::exchange(seen.is_healthy, now.is_healthy()) != now.is_healthy()) {
      note(ActivityEntry::Kind::health, now.is_healthy() ? LogLevel::info : LogLevel::warn,
           now.is_healthy() ? "Marked backend as healthy" : "Marked backend as unhealthy");
    }
    if (std::exchange(seen.is_ejected, now.is_ejected()) != now.is_ejected()) {
      note(ActivityEntry::Kind::ejection, now.is_ejected() ? LogLevel::warn : LogLevel::info,
           now.is_ejected() ? "Ejected backend" : "Backend is back from its ejection");
    }
    has_changed |= std::exchange(seen.service, now.service()) != now.service();
  }
  if (has_changed && hub_.listeners() > 0) hub_.publish(event_text("backends", backends_json()));
}

// What was told of backends that stay is told once.
void ControlCenter::look_at_snapshot() {
  seen_snapshot_ = parts_.snapshot();
  const std::vector<Seen> known = std::exchange(seen_, {});
  for (const auto& backend : seen_snapshot_->backends) {
    const upstream::Standing& now = backend->standing;
    const auto same = std::ranges::find(known, backend, &Seen::backend);
    seen_.push_back({.backend = backend,
                     .is_healthy = now.is_healthy(),
                     .is_ejected = now.is_ejected(),
                     .service = now.service(),
                     .retries = same != known.end() ? same->retries : RetryTally()});
  }
}

void ControlCenter::tell_retries() {
  for (Seen& seen : seen_) {
    const uint64_t count = seen.retries.take(parts_.figures.of(*seen.backend).retries_total, parts_.turn.now);
    if (count == 0) continue;
    activity_.add({.time = parts_.turn.wall,
                   .kind = ActivityEntry::Kind::retry,
                   .backend = seen.backend->config.name,
                   .message = "Retried requests",
                   .detail = fmt::format("{} {} tried again after failing here", count,
                                         count == 1 ? "request was" : "requests were")});
  }
}

void ControlCenter::publish_state() {
  if (hub_.listeners() == 0) return;
  hub_.publish(event_text("status", status_json()));
  hub_.publish(event_text("backends", backends_json()));
}

void ControlCenter::chart() {
  charted_at_ = parts_.turn.now;
  series_.add(parts_.turn.wall, parts_.figures.chart_points(parts_.snapshot()->backends));
  if (hub_.listeners() > 0) hub_.publish(event_text("series", series_.newest_json()));
}

void ControlCenter::tell(const ActivityEntry& entry) {
  hub_.publish(event_text("activity", to_json(entry), entry.id));
  drills_.note(entry);
  write_line(parts_.log, entry);
}

// ---- reading

std::string ControlCenter::status_json() const {
  return to_json(StatusView{.snapshot = *parts_.snapshot(),
                            .traffic = parts_.figures.traffic(),
                            .load = parts_.load.figures(),
                            .started = started_,
                            .now = parts_.turn.wall,
                            .is_ending = parts_.is_ending(),
                            .driver = parts_.driver.name(),
                            .log_level = parts_.level.load(std::memory_order_relaxed)});
}

std::string ControlCenter::backend_json(const upstream::Backend& backend) const {
  return to_json(view_of(backend));
}

BackendView ControlCenter::view_of(const upstream::Backend& backend) const {
  return {.backend = backend,
          .figures = parts_.figures.of(backend),
          .pending = operations_.pending(backend),
          .process = parts_.driver.process(backend.config),
          .turn = parts_.turn};
}

std::string ControlCenter::backends_json() const {
  std::vector<BackendView> views;
  for (const auto& backend : parts_.snapshot()->backends)
    views.push_back(view_of(*backend));
  return to_json(views);
}

Response ControlCenter::activity(const Request& request) const {
  uint64_t after = 0;
  if (const auto given = request.parameter("after")) {
    const auto id = config::parse_count(*given);
    if (!id) return refusal(400, "bad_parameter", "after has to be the id of an entry");
    after = *id;
  }
  std::string body;
  activity_.visit(
      after, [&body](const ActivityEntry& entry) { body += (body.empty() ? "" : ",") + to_json(entry); });
  return json_response("{\"activity\":[" + body + "]}");
}

Response ControlCenter::events(const Request& request) {
  if (parts_.is_ending()) return refusal(503, "ending", "the proxy is ending");
  if (hub_.listeners() >= EventHub::kListenersMax) {
    return refusal(503, "too_many_streams",
                   fmt::format("{} streams of events are the most", EventHub::kListenersMax));
  }
  std::string text = event_text("status", status_json());
  text += event_text("backends", backends_json());
  text += drills_.event();
  const auto seen = config::parse_count(request.fields.find("last-event-id").value_or(""));
  activity_.visit(seen.value_or(0), [&text](const ActivityEntry& entry) {
    text += event_text("activity", to_json(entry), entry.id);
  });
  return {.type = "text/event-stream", .body = std::move(text), .fields = {}, .events = &hub_};
}

void ControlCenter::list_connections(const Request& request, Promise promise) {
  ConnectionQuery query;
  if (const auto wanted = request.parameter("protocol")) {
    query.protocol = protocol_of(*wanted);
    if (!query.protocol)
      return promise.keep(refusal(400, "bad_parameter", "protocol has to be h3, h2 or h1"));
  }
  if (const auto wanted = request.parameter("limit")) {
    const auto limit = config::parse_count(*wanted);
    if (!limit || *limit == 0 || *limit > ConnectionQuery::kLimitMax) {
      return promise.keep(
          refusal(400, "bad_parameter",
                  fmt::format("limit has to be a number from 1 to {}", ConnectionQuery::kLimitMax)));
    }
    query.limit = *limit;
  }
  parts_.census.ask(query, std::move(promise));
}

// ---- changing

Response ControlCenter::operate(const Request& request, Operations::Action action) {
  const auto name = request.parameter("name");
  if (!name) return refusal(400, "bad_parameter", "name has to be that of a backend");
  const auto& backends = parts_.snapshot()->backends;
  const auto backend = std::ranges::find(backends, *name, [](const auto& one) { return one->config.name; });
  if (backend == backends.end()) {
    std::string names;
    for (const auto& one : backends)
      names += (names.empty() ? "" : ", ") + one->config.name;
    return refusal(404, "unknown_backend",
                   fmt::format("there is no backend \"{}\"; there are {}", *name, names));
  }
  return carry_out(*backend, action, request);
}

Response ControlCenter::crash(const Request& request) {
  const auto healthy = operations_.free_and_healthy(parts_.snapshot()->backends);
  if (healthy.empty()) return refusal(409, "conflict", "no backend is healthy");
  const auto chosen = parts_.random.below(static_cast<uint32_t>(healthy.size()));
  return carry_out(healthy[chosen], Operations::Action::crash, request);
}

Response ControlCenter::carry_out(const std::shared_ptr<upstream::Backend>& backend,
                                  Operations::Action action, const Request& request) {
  if (parts_.is_ending()) return refusal(503, "ending", "the proxy is ending");
  if (!operations_.begin(backend, action, request.peer.address)) {
    return refusal(409, "conflict",
                   fmt::format("{} is pending for {}", operations_.pending(*backend), backend->config.name));
  }
  return json_response(backend_json(*backend), 202);
}

Response ControlCenter::start_load(const Request& request) {
  if (parts_.is_ending()) return refusal(503, "ending", "the proxy is ending");
  const LoadPlan defaults;
  const auto rate = config::parse_count(request.parameter("rate").value_or(std::to_string(defaults.rate)));
  if (!rate || *rate == 0 || *rate > LoadPlan::kRateMax) {
    return refusal(400, "bad_parameter",
                   fmt::format("rate has to be a number from 1 to {}", LoadPlan::kRateMax));
  }
  const auto seconds =
      config::parse_count(request.parameter("seconds").value_or(std::to_string(defaults.duration.count())));
  if (!seconds || *seconds == 0 || *seconds > LoadPlan::kSecondsMax) {
    return refusal(400, "bad_parameter",
                   fmt::format("seconds has to be a number from 1 to {}", LoadPlan::kSecondsMax));
  }
  std::string path = request.parameter("path").value_or(defaults.path);
  const bool is_path = path.starts_with('/') && path.size() <= LoadPlan::kPathBytesMax &&
                       std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
  if (!is_path)
    return refusal(400, "bad_parameter", "path has to begin with / and to be written as in a URL");

  note_load("Load started", fmt::format("{} requests a second for {} s of {} by {}", *rate, *seconds, path,
                                        request.peer.address));
  parts_.load.start({.rate = static_cast<uint32_t>(*rate),
                     .duration = std::chrono::seconds(*seconds),
                     .path = std::move(path)});
  return json_response(to_json(parts_.load.figures()));
}

Response ControlCenter::stop_load(const Request& request) {
  if (parts_.load.figures().is_running) note_load("Load stopped", fmt::format("by {}", request.peer.address));
  parts_.load.stop();
  return json_response(to_json(parts_.load.figures()));
}

void ControlCenter::note_load(std::string_view message, std::string detail) {
  activity_.add({.time = parts_.turn.wall,
                 .kind = ActivityEntry::Kind::load,
                 .message = std::string(message),
                 .detail = std::move(detail)});
}

Response ControlCenter::set_level(const Request& request) {
  const std::string wanted = request.parameter("level").value_or("");
  constexpr LogLevel kLevels[] = {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn,
                                  LogLevel::error};
  const auto level = std::ranges::find(kLevels, wanted, [](LogLevel one) { return qp::name_of(one); });
  if (level == std::end(kLevels)) {
    return refusal(400, "bad_parameter", "level has to be error, warn, info, debug or trace");
  }
  parts_.level.store(*level, std::memory_order_relaxed);
  activity_.add({.time = parts_.turn.wall,
                 .kind = ActivityEntry::Kind::operation,
                 .message = "Operator action",
                 .detail = fmt::format("logging level {} by {}", wanted, request.peer.address)});
  return json_response(fmt::format("{{\"level\":\"{}\"}}", wanted));
}

}  // namespace qp::admin
