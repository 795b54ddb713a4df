// Three backends, a load and a driver as values, and a clock that goes as fast as a test wants: what drills
// are run in.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "admin/drill_news.h"
#include "admin/drills.h"
#include "support/admin_question.h"

namespace qp::admin {

// Does at once what it is told, or as the test says.
class DrillDriver final : public Driver {
 public:
  std::string_view name() const override { return "test"; }
  void stop(const config::Backend& backend, Done done) override { obey("stop", backend, std::move(done)); }
  void start(const config::Backend& backend, Done done) override { obey("start", backend, std::move(done)); }
  void kill(const config::Backend& backend, Done done) override { obey("kill", backend, std::move(done)); }

  void answer() { std::exchange(held, nullptr)(std::nullopt); }

  std::vector<std::string> orders;
  std::set<std::string> dead;
  std::map<std::string, std::string> failures;  // by verb
  std::string hold;                             // the verb that is not answered before answer()
  Done held;

 private:
  void obey(const std::string& verb, const config::Backend& backend, Done done) {
    orders.push_back(verb + " " + backend.name);
    if (const auto failure = failures.find(verb); failure != failures.end()) return done(failure->second);
    if (verb == "start") {
      dead.erase(backend.name);
    } else {
      dead.insert(backend.name);
    }
    if (hold != verb) return done(std::nullopt);
    held = std::move(done);
  }
};

class DrillLoad final : public Load {
 public:
  void start(const LoadPlan& plan) override {
    if (!now.is_running) now = {};
    now.is_running = true;
    now.plan = plan;
  }
  void stop() override { now.is_running = false; }
  LoadFigures figures() const override { return now; }

  LoadFigures now;
};

class DrillFigures final : public Figures {
 public:
  void sample(TimePoint, std::span<const std::shared_ptr<upstream::Backend>>) override {}
  TrafficFigures traffic() const override { return {.latency = latency}; }
  std::vector<ChartPoint> chart_points(std::span<const std::shared_ptr<upstream::Backend>>) const override {
    return {};
  }
  BackendFigures of(const upstream::Backend& backend) const override {
    const auto found = requests.find(backend.config.name);
    return {.checks_passed = checks_passed, .requests_total = found == requests.end() ? 0 : found->second};
  }

  uint64_t checks_passed = 0;
  std::map<std::string, uint64_t> requests;
  Latency latency{.p50_ms = 1, .p95_ms = 2, .p99_ms = 3};
};

class DrillWorld : public testing::Test {
 protected:
  DrillWorld() {
    check_ = {.enabled = true,
              .interval = std::chrono::seconds(1),
              .timeout = std::chrono::seconds(1),
              .unhealthy_threshold = 3,
              .healthy_threshold = 2};
    install({"backend1", "backend2", "backend3"});
    drills_.add_to(resources_);
  }

  void install(const std::vector<std::string>& names, std::vector<config::DrillPlan> plans = {}) {
    config::Config config;
    config.health_check = check_;
    config.control.drill_plans = std::move(plans);
    std::vector<std::shared_ptr<upstream::Backend>> backends;
    for (const std::string& name : names) {
      config.backends.push_back({.name = name, .health_check = check_});
      backends.push_back(
          std::make_shared<upstream::Backend>(config.backends.back(), nullptr, ++backends_made_));
    }
    snapshot_ = proxy::make_snapshot(std::move(config), std::move(backends), 443);
  }

  Response ask(std::string_view method, std::string_view path, std::string_view query = "",
               std::string_view body = "") {
    const http::Headers fields;
    const http::Peer peer{.address = "127.0.0.1"};
    test::Question question;
    resources_.answer(
        {.method = method, .path = path, .query = query, .fields = fields, .body = body, .peer = peer},
        Promise(question));
    return question.answer.value();
  }
  Response start(std::string_view body) { return ask("POST", "/api/drills/start", "", body); }
  Response start_failover() { return ask("POST", "/api/drills/start", "?name=failover"); }
  DrillNews run(uint64_t id = 1) {
    return parse_drill_news(ask("GET", "/api/drills/run", "?id=" + std::to_string(id)).body).value();
  }

  void run_for(Duration duration) {
    for (const TimePoint end = turn_.now + duration; turn_.now < end;)
      tick();
  }
  // For so long at most; says how it ended.
  std::string run_to_the_end(Duration patience = std::chrono::minutes(5)) {
    for (const TimePoint end = turn_.now + patience; turn_.now < end && run().state == "running";)
      run_for(std::chrono::seconds(1));
    return run().state;
  }
  bool was_told(std::string_view message) const { return std::ranges::find(told_, message) != told_.end(); }

  // Time and the world behind the proxy.
  config::HealthCheck check_;
  Duration found_out_after_ = std::chrono::seconds(3);
  Duration found_well_after_ = std::chrono::seconds(2);
  bool is_traffic_failing_ = false;
  bool is_traffic_silent_ = false;  // nothing is sent at all
  Turn turn_{TimePoint(std::chrono::seconds(1)), WallTime(std::chrono::seconds(1764000000))};
  TimerQueue timers_;
  LogRing ring_;
  std::atomic<LogLevel> level_{LogLevel::error};
  Log log_{ring_, level_, LogFormat::text};
  Random random_{1};
  upstream::Rotation rotation_{turn_, log_};
  std::shared_ptr<const proxy::Snapshot> snapshot_;
  uint32_t backends_made_ = 0;
  std::vector<std::string> told_;
  bool is_ending_ = false;

  DrillDriver driver_;
  DrillLoad load_;
  DrillFigures figures_;
  EventHub hub_;
  Activity activity_{[this](const ActivityEntry& entry) {
    told_.push_back(entry.message + ": " + entry.detail);
    drills_.note(entry);
  }};
  Operations operations_{{.turn = turn_,
                          .timers = timers_,
                          .rotation = rotation_,
                          .driver = driver_,
                          .activity = activity_,
                          .check_now = [this](const upstream::Backend&) { ++figures_.checks_passed; },
                          .figures = figures_}};
  Drills drills_{{.run = {.turn = turn_,
                          .load = load_,
                          .operations = operations_,
                          .figures = figures_,
                          .activity = activity_,
                          .snapshot = [this] { return snapshot_; }},
                  .timers = timers_,
                  .random = random_,
                  .hub = hub_,
                  .is_ending = [this] { return is_ending_; }}};
  Resources resources_;

 private:
  static constexpr Duration kTick = std::chrono::milliseconds(100);

  void tick() {
    turn_.now += kTick;
    turn_.wall += kTick;
    timers_.expire(turn_.now);
    check_backends();
    if (operations_.is_dirty()) operations_.advance();
    drills_.advance();
    if (turn_.now < next_second_) return;
    next_second_ = turn_.now + std::chrono::seconds(1);
    send_requests();
    drills_.beat();
  }

  // A backend's state as it would be found out by checks, so long after it changed.
  void check_backends() {
    for (const auto& backend : snapshot_->backends) {
      const bool is_dead = driver_.dead.contains(backend->config.name);
      TimePoint& since = changed_at_[backend->config.name];
      if (is_dead != backend->standing.is_healthy()) {
        since = turn_.now;
      } else if (turn_.now - since >= (is_dead ? found_out_after_ : found_well_after_)) {
        rotation_.set_healthy(*backend, !is_dead);
      }
    }
  }

  // Each second's at once, in equal parts to those that may be chosen.
  void send_requests() {
    if (!load_.now.is_running || is_traffic_silent_) return;
    load_.now.sent += load_.now.plan.rate;
    (is_traffic_failing_ ? load_.now.failed : load_.now.succeeded) += load_.now.plan.rate;
    for (const auto& backend : snapshot_->backends) {
      if (backend->may_be_chosen()) figures_.requests[backend->config.name] += load_.now.plan.rate / 2;
    }
  }

  TimePoint next_second_{};
  std::map<std::string, TimePoint> changed_at_;
};

}  // namespace qp::admin
