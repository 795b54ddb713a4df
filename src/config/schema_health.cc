#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Choice<HealthCheckType> kCheckTypes[] = {{"http", HealthCheckType::http},
                                                   {"tcp", HealthCheckType::tcp}};
constexpr Choice<InitialState> kInitialStates[] = {{"auto", InitialState::automatic},
                                                   {"healthy", InitialState::healthy},
                                                   {"unhealthy", InitialState::unhealthy}};
constexpr Choice<FailureStatuses> kFailureStatuses[] = {{"gateway_errors", FailureStatuses::gateway_errors},
                                                        {"server_errors", FailureStatuses::server_errors}};

}  // namespace

void describe(Visitor& v, HealthCheck& check) {
  v.value({"enabled", "Asks every backend at regular intervals whether it is well."}, flag(check.enabled));
  v.value({"type", "A GET request, or only a connection (with TLS for https URLs)."},
          choice(check.type, kCheckTypes));
  v.value({"interval", "Between two checks of one backend."},
          duration(check.interval, {milliseconds(10), hours(24)}));
  v.value({"jitter", "Share of the interval by which each check may come earlier, at random."},
          ratio(check.jitter));
  v.value({"timeout", "A check that takes longer has failed."},
          duration(check.timeout, {milliseconds(1), hours(1)}));
  v.value({"path", "Target of the GET request; any status from 200 to 299 is a success."},
          text(check.path, parse_request_path, "a path that begins with \"/\""));
  v.value({"unhealthy_threshold", "Failures in a row that take a backend out of service."},
          count(check.unhealthy_threshold, {1, 1000}));
  v.value({"healthy_threshold", "Successes in a row that bring it back."},
          count(check.healthy_threshold, {1, 1000}));
  v.value({"initial_state",
           "Before its first check a backend takes requests (healthy), or it has to pass one first and is "
           "checked quickly until it does (unhealthy); auto: unhealthy for a backend with a command, whose "
           "program only begins, and healthy for others."},
          choice(check.initial_state, kInitialStates));
}

void describe(Visitor& v, OutlierDetection& detection) {
  v.value({"enabled", "Takes a backend out for a while that fails request after request."},
          flag(detection.enabled));
  v.value({"consecutive_failures",
           "Failures in a row, as one worker sees them, that eject a backend: no connection, a connection "
           "that broke, a timeout, or one of failure_statuses."},
          count(detection.consecutive_failures, {1, 1000}));
  v.value({"failure_statuses", "Statuses of responses that are failures: 502, 503 and 504, or all from 500."},
          choice(detection.failure_statuses, kFailureStatuses));
  v.value({"slow_answer", "An answer whose head takes longer is a failure, too, though it is passed on."},
          duration_or_off(detection.slow_answer, {milliseconds(1), hours(24)}));
  v.value({"base_ejection_time", "How long the first ejection lasts; the second takes twice as long."},
          duration(detection.base_ejection_time, {milliseconds(10), hours(24)}));
  v.value({"max_ejection_time", "No ejection lasts longer."},
          duration(detection.max_ejection_time, {milliseconds(10), hours(24)}));
  v.value({"max_ejected_percent", "No backend is ejected if more than this share of all would be out then."},
          count(detection.max_ejected_percent, {0, 100}));
}

void describe(Visitor& v, Health& health) {
  v.value({"address", "Address of /health, /healthz (the process is alive) and /readyz (it takes requests)."},
          address_or_off(health.address));
  v.value({"on_fallback", "Answers /health on server.fallback_address, too; off leaves it to the backends."},
          flag(health.on_fallback));
}

}  // namespace qp::config
