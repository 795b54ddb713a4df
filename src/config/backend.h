// A backend, and how the proxy finds out whether it is well.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/place.h"
#include "config/pool.h"
#include "config/words.h"

namespace qp::config {

struct BackendTls {
  std::string ca_file;      // PEM; empty: the system's store
  std::string server_name;  // for SNI and verification; empty: the URL's host
  bool verify = true;
  bool operator==(const BackendTls&) const = default;
};

enum class HealthCheckType { http, tcp };
/// automatic (`auto` in the file): what initial_state_of() makes of it.
enum class InitialState { automatic, healthy, unhealthy };

struct HealthCheck {
  bool enabled = false;
  HealthCheckType type = HealthCheckType::http;
  Duration interval = std::chrono::seconds(10);
  double jitter = 0.0;  // share of the interval
  Duration timeout = std::chrono::seconds(5);
  std::string path = "/health";
  std::uint32_t unhealthy_threshold = 3;
  std::uint32_t healthy_threshold = 2;
  InitialState initial_state = InitialState::automatic;
  bool operator==(const HealthCheck&) const = default;
};

enum class FailureStatuses { gateway_errors, server_errors };

struct OutlierDetection {
  bool enabled = false;
  std::uint32_t consecutive_failures = 5;  // seen by one worker
  FailureStatuses failure_statuses = FailureStatuses::gateway_errors;
  Duration slow_answer = kOff;                             // an answer whose head takes longer is a failure
  Duration base_ejection_time = std::chrono::seconds(30);  // times the number of ejections
  Duration max_ejection_time = std::chrono::minutes(5);
  std::uint32_t max_ejected_percent = 50;  // of all backends
  bool operator==(const OutlierDetection&) const = default;
};

struct Backend {
  std::string name;
  Url url;
  std::string socket;  // path of a Unix socket to connect to instead of the URL's host; empty: none
  std::uint32_t weight = 1;
  std::string container;  // for the driver docker; empty: the backend's name
  BackendTls tls;
  Pool pool;                           // starts as server.limits.pool
  HealthCheck health_check;            // starts as the global one
  OutlierDetection outlier_detection;  // starts as the global one
  std::vector<std::string> command;    // that runs it: program and arguments; empty: not ours to run
  bool operator==(const Backend&) const = default;
};

/// Healthy or unhealthy. Where the file leaves it open, a backend with a command begins unhealthy: its
/// program has only just begun, too.
InitialState initial_state_of(const Backend& backend);

/// How the Docker Engine calls it.
const std::string& container_of(const Backend& backend);

}  // namespace qp::config
