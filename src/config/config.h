// What the operator asked for, as plain structs: defaults stand here, units stand in the names or in the
// type.
//
// Below this header nobody knows that YAML exists. A Config that came out of load() without complaints has
// passed every check, so its readers test nothing again. What the file says about one thing only once is
// filled in for everybody: a route's timeouts, balancer and retries start from the global ones, a backend's
// pool from server.limits.pool, its health check and outlier detection from the global ones.
//
// The key of a value in the file is the name of the member here; schema.cc holds the sentence about each of
// them.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/network.h"
#include "config/backend.h"
#include "config/drill_plan.h"
#include "config/place.h"
#include "config/route.h"
#include "config/server.h"

namespace qp::config {

/// The pages that tell whether the proxy and its backends are well.
struct Health {
  std::optional<ListenAddress> address = ListenAddress{.host = "", .port = 8888};  // none: no such listener
  bool on_fallback = true;  // /health on server.fallback_address, too
  bool operator==(const Health&) const = default;
};

/// Pages that the control center leads to.
struct ControlLinks {
  std::optional<Url> grafana;
  std::optional<Url> prometheus;
  std::optional<Url> jaeger;
  bool operator==(const ControlLinks&) const = default;
};

/// How a backend is stopped and started, beyond taking it out of rotation.
enum class Driver { drain, process, docker };

/// The Docker Engine that runs the backends' containers.
struct Docker {
  std::string socket = "/var/run/docker.sock";
  std::optional<Url> url;                            // of an HTTP proxy of the socket, instead of it
  Duration stop_timeout = std::chrono::seconds(10);  // between the engine's SIGTERM and its SIGKILL
  bool operator==(const Docker&) const = default;
};

/// The page and the API for operators.
struct Control {
  std::optional<ListenAddress> address = ListenAddress{.host = "127.0.0.1", .port = 8889};
  std::string token;                         // empty: a random one
  std::vector<std::string> allowed_origins;  // "https://admin.example:8889"
  std::vector<Network> trusted_networks;     // as good as this machine: no token is asked for
  Driver driver = Driver::drain;
  Docker docker;
  std::vector<std::string> drills;     // files, each with one
  std::vector<DrillPlan> drill_plans;  // what read() found in them
  ControlLinks links;
  bool operator==(const Control&) const = default;
};

struct Metrics {
  bool enabled = false;
  ListenAddress address{.host = "", .port = 9090};
  bool operator==(const Metrics&) const = default;
};

/// Fields by which a trace goes from hop to hop.
enum class Propagation { tracecontext, b3 };

struct Tracing {
  bool enabled = false;
  std::optional<Url> jaeger_endpoint;                                  // Jaeger Thrift over HTTP
  std::optional<Url> otlp_endpoint;                                    // OTLP over HTTP
  double sample_ratio = 1.0;                                           // of the traces that start here
  std::vector<Propagation> propagation = {Propagation::tracecontext};  // the first that a client uses counts
  BackendTls tls;                                                      // of endpoints with https URLs
  std::vector<HeaderField> headers;      // sent to the endpoints with every batch
  std::uint32_t queue_spans_max = 8192;  // waiting for one endpoint
  std::uint32_t batch_spans_max = 512;
  Duration batch_delay = std::chrono::seconds(1);  // no span waits longer for others
  Duration timeout = std::chrono::seconds(10);     // of one request to an endpoint
  bool operator==(const Tracing&) const = default;
};

enum class AccessLogFormat { json, common, combined, custom };  // `template` in the file

struct AccessLog {
  bool enabled = true;
  AccessLogFormat format = AccessLogFormat::json;
  std::string line_template;  // base/access_template.h; empty: none
  double sample = 1;          // share of the successful requests that is logged
  bool operator==(const AccessLog&) const = default;
};

struct Logging {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::json;
  std::string output = "stdout";  // stdout, stderr or a file
  AccessLog access_log;
  bool operator==(const Logging&) const = default;
};

struct Telemetry {
  Metrics metrics;
  Tracing tracing;
  Logging logging;
  bool operator==(const Telemetry&) const = default;
};

struct Config {
  Server server;
  std::vector<Backend> backends;
  LoadBalancer load_balancer;
  Retry retry;
  std::vector<Route> routes;  // none: everything goes to all backends
  HealthCheck health_check;
  OutlierDetection outlier_detection;
  Health health;
  Control control;
  Telemetry telemetry;
  bool operator==(const Config&) const = default;
};

}  // namespace qp::config
