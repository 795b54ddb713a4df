#include "admin/control_views.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/timestamp.h"
#include "config/dump.h"
#include "upstream/health_summary.h"
#include "version.h"

namespace qp::admin {

namespace {

void add(JsonWriter& json, const Latency& latency) {
  json.key("latency");
  json.begin_object();
  json.field("p50_ms", latency.p50_ms);
  json.field("p95_ms", latency.p95_ms);
  json.field("p99_ms", latency.p99_ms);
  json.end_object();
}

void add(JsonWriter& json, const TrafficFigures& traffic) {
  json.key("traffic");
  json.begin_object();
  json.field("requests_total", traffic.requests_total);
  json.field("requests_active", traffic.requests_active);
  json.field("requests_per_second", traffic.requests_per_second);
  json.field("success_percent", traffic.success_percent);
  add(json, traffic.latency);
  json.key("connections");
  json.begin_object();
  json.field("h3", traffic.h3_connections);
  json.field("h2", traffic.h2_connections);
  json.field("h1", traffic.h1_connections);
  json.end_object();
  json.end_object();
}

std::optional<std::string> text_of(std::optional<WallTime> time) {
  return time ? std::optional(rfc3339(*time)) : std::nullopt;
}

void write(JsonWriter& json, const LoadFigures& load) {
  json.begin_object();
  json.field("running", load.is_running);
  json.field("rate", load.plan.rate);
  json.field("path", load.plan.path);
  json.field("started", text_of(load.started));
  json.field("ends", text_of(load.ends));
  json.field("sent", load.sent);
  json.field("succeeded", load.succeeded);
  json.field("failed", load.failed);
  json.end_object();
}

std::optional<std::string_view> name_of(Driver::Process process) {
  switch (process) {
    case Driver::Process::unknown: return std::nullopt;
    case Driver::Process::running: return "running";
    case Driver::Process::waiting: return "waiting";
    case Driver::Process::down: return "down";
  }
  std::unreachable();
}

struct State {
  std::string_view name;
  std::string_view reason;
};

// What checks come to is told by its cause where that is known.
std::string_view why_unhealthy(Driver::Process process) {
  switch (process) {
    case Driver::Process::unknown:
    case Driver::Process::running: break;
    case Driver::Process::waiting: return "its process has ended and is started again after a pause";
    case Driver::Process::down: return "its process has ended";
  }
  return "its health checks fail";
}

// An operator's wish goes before what checks say.
State state_of(const upstream::Standing& standing, Driver::Process process) {
  switch (standing.service()) {
    case upstream::Service::stopped: return {"stopped", "stopped by an operator"};
    case upstream::Service::draining: return {"draining", "drained by an operator"};
    case upstream::Service::running: break;
  }
  if (!standing.is_healthy()) return {"unhealthy", why_unhealthy(process)};
  if (standing.is_ejected()) return {"ejected", "requests failed on it"};
  return {"healthy", ""};
}

std::string url_text(const config::Url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}{}", url.scheme == config::Scheme::https ? "https" : "http",
                     is_ipv6 ? "[" + url.host + "]" : url.host, url.port, url.path);
}

void add(JsonWriter& json, const config::ControlLinks& links) {
  const std::pair<std::string_view, const std::optional<config::Url>&> named[] = {
      {"Grafana", links.grafana}, {"Prometheus", links.prometheus}, {"Jaeger", links.jaeger}};
  json.key("links");
  json.begin_array();
  for (const auto& [name, url] : named) {
    if (!url) continue;
    json.begin_object();
    json.field("name", name);
    json.field("url", url_text(*url));
    json.end_object();
  }
  json.end_array();
}

void write(JsonWriter& json, const BackendView& view) {
  const upstream::Standing& standing = view.backend.standing;
  const config::Backend& config = view.backend.config;
  const State state = state_of(standing, view.process);
  json.begin_object();
  json.field("name", config.name);
  json.field("url", url_text(config.url));
  json.field("weight", config.weight);
  json.field("state", state.name);
  json.field("since", rfc3339(view.turn.wall - (view.turn.now - standing.since())));
  json.field("reason", state.reason);
  json.field("pending", view.pending.empty() ? std::nullopt : std::optional(view.pending));
  json.field("process", name_of(view.process));
  json.key("checks");
  json.begin_object();
  json.field("enabled", config.health_check.enabled);
  json.field("passed_total", view.figures.checks_passed);
  json.field("failed_total", view.figures.checks_failed);
  json.field("last_time", text_of(view.figures.checked_at));
  json.field("last_error", view.figures.check_error);
  json.end_object();
  json.field("requests_total", view.figures.requests_total);
  json.field("requests_active", view.figures.requests_active);
  json.field("requests_per_second", view.figures.requests_per_second);
  json.field("failures_total", view.figures.failures_total);
  json.field("connections", view.figures.connections);
  add(json, view.figures.latency);
  json.end_object();
}

void add(JsonWriter& json, std::string_view name, const std::vector<std::string>& words) {
  json.key(name);
  json.begin_array();
  for (const std::string& word : words)
    json.value(word);
  json.end_array();
}

}  // namespace

std::string to_json(const StatusView& view) {
  const config::Config& config = view.snapshot.config;
  const upstream::HealthSummary health = upstream::summarise(view.snapshot.backends);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("name", config.server.name);
  json.field("version", kVersion);
  json.field("time", rfc3339(view.now));
  json.field("started", rfc3339(view.started));
  json.field("state", health.status());
  json.field("ending", view.is_ending);
  json.field("healthy_backends", health.healthy_backends);
  json.field("total_backends", health.total_backends);
  json.field("driver", view.driver);
  json.field("log_level", qp::name_of(view.log_level));
  json.field("may_change", true);  // the gate asks the same of whoever reads
  add(json, config.control.links);
  add(json, view.traffic);
  json.key("load");
  write(json, view.load);
  json.end_object();
  return text;
}

std::string to_json(const LoadFigures& load) {
  std::string text;
  JsonWriter json(text);
  write(json, load);
  return text;
}

std::string to_json(const BackendView& view) {
  std::string text;
  JsonWriter json(text);
  write(json, view);
  return text;
}

std::string to_json(const std::vector<BackendView>& views) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("backends");
  json.begin_array();
  for (const BackendView& view : views)
    write(json, view);
  json.end_array();
  json.end_object();
  return text;
}

std::string routes_json(const proxy::Snapshot& snapshot) {
  const config::Config& config = snapshot.config;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("routes");
  json.begin_array();
  for (size_t i = 0; i < snapshot.routes.size(); ++i) {
    const proxy::Route& route = snapshot.routes[i];
    const config::Match match = config.routes.empty() ? config::Match() : config.routes[i].match;
    const bool is_redirect = !config.routes.empty() && config.routes[i].redirect.has_value();
    std::vector<std::string> backends;
    for (const size_t place : route.backends)
      backends.push_back(config.backends[place].name);
    if (is_redirect) backends.clear();
    json.begin_object();
    json.field("name", route.name);
    json.field("host", match.host);
    json.field("path", match.path);
    add(json, "methods", match.methods);
    add(json, "backends", backends);
    json.field("algorithm", config::text_of(route.load_balancer.algorithm));
    json.field("redirect", is_redirect ? std::optional(config.routes[i].redirect->to) : std::nullopt);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace qp::admin
