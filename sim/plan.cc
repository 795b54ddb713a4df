#include "plan.h"

#include <array>
#include <string>

namespace qp::sim {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint16_t kPlainPort = 8080;
constexpr uint16_t kSecurePort = 8443;
constexpr uint16_t kBackendPort = 9000;

Faults random_faults(bool is_clean, Random& random) {
  Faults faults;
  faults.latency = microseconds(50 + random.below(random.one_in(4) ? 50'000 : 1'000));
  faults.jitter = faults.latency / 2;
  faults.tcp_window_bytes = std::array<uint32_t, 4>{2'000, 16'384, 65'536, 262'144}[random.below(4)];
  faults.tcp_segment_bytes_max = std::array<uint32_t, 4>{200, 1'448, 16'384, 65'536}[random.below(4)];
  faults.partial_one_in = std::array<uint32_t, 3>{0, 3, 20}[random.below(3)];
  faults.udp_duplicate_one_in = std::array<uint32_t, 2>{0, 50}[random.below(2)];
  faults.udp_delay_one_in = std::array<uint32_t, 2>{0, 20}[random.below(2)];
  faults.udp_blocked_one_in = std::array<uint32_t, 2>{0, 10}[random.below(2)];
  // A handshake has three tries or four before its time is over: in a clean world they must not all be lost.
  faults.udp_loss_one_in = std::array<uint32_t, 3>{0, 100, 20}[random.below(is_clean ? 2 : 3)];
  if (is_clean) return faults;
  faults.tcp_cut_one_in = std::array<uint32_t, 3>{0, 4, 10}[random.below(3)];
  faults.tcp_cut_bytes_max = random.one_in(2) ? 2'000 : 200'000;
  faults.connect_refused_one_in = std::array<uint32_t, 3>{0, 0, 5}[random.below(3)];
  faults.connect_lost_one_in = std::array<uint32_t, 3>{0, 0, 10}[random.below(3)];
  faults.accept_exhausted_one_in = std::array<uint32_t, 3>{0, 0, 10}[random.below(3)];
  return faults;
}

config::RouteTimeouts random_timeouts(bool is_clean, Random& random) {
  config::RouteTimeouts timeouts;
  if (is_clean) {
    timeouts.connect = minutes(5);  // waiting for a free connection included, and there are few
    return timeouts;
  }
  timeouts.connect = milliseconds(500 + random.below(5'000));
  timeouts.response_header = seconds(1 + random.below(20));
  timeouts.response_idle = seconds(1 + random.below(20));
  timeouts.client_body_idle = seconds(1 + random.below(20));
  if (random.one_in(4)) timeouts.request = seconds(5 + random.below(20));
  return timeouts;
}

// A check has time for the slowest of networks: whoever is well passes it.
config::HealthCheck random_health_check(bool is_rough, Random& random) {
  config::HealthCheck check;
  check.enabled = random.one_in(2);
  check.type = random.one_in(4) ? config::HealthCheckType::tcp : config::HealthCheckType::http;
  check.path = kCheckPath;
  check.interval = milliseconds(2'000 + random.below(5'000));
  check.timeout = seconds(2);
  check.jitter = random.one_in(2) ? 0.5 : 0.0;
  check.unhealthy_threshold = 1 + random.below(3);
  check.healthy_threshold = 1 + random.below(3);
  if (is_rough && random.one_in(4)) check.initial_state = config::InitialState::unhealthy;
  return check;
}

config::OutlierDetection random_outlier_detection(Random& random) {
  config::OutlierDetection detection;
  detection.enabled = random.one_in(2);
  detection.consecutive_failures = 1 + random.below(5);
  detection.base_ejection_time = milliseconds(100 + random.below(5'000));
  detection.max_ejection_time = seconds(20);
  detection.max_ejected_percent = std::array<uint32_t, 3>{34, 50, 100}[random.below(3)];
  return detection;
}

// Everything that may be repeated is, as often as it takes, and nothing but outages makes it necessary.
void prepare_for_outages(config::Config& config) {
  using config::RetryOn;
  config.retry.attempts = 16;
  config.retry.on = {RetryOn::connect_failure, RetryOn::refused,    RetryOn::stale,     RetryOn::reset,
                     RetryOn::timeout,         RetryOn::status_503, RetryOn::status_504};
  config.retry.per_try_timeout = seconds(10);
  config.retry.budget = 1.0;
  config.server.limits.pool.connections_max = 100;
}

// The first backend stands for all that may be well.
void give_one_name(Plan& plan) {
  auto& backends = plan.config.backends;
  backends.erase(backends.begin() + 1, backends.begin() + plan.backends);
  backends.front().url.host = "service.test";
  // Who fails request after request may be one of its addresses only, but not the backend.
  if (plan.weather != Weather::rough) backends.front().outlier_detection.max_ejected_percent = 50;
}

}  // namespace

Address backend_address(uint32_t place) {
  return *Address::parse("10.0.0." + std::to_string(place + 1), kBackendPort);
}

Address plain_address() {
  return *Address::parse("127.0.0.1", kPlainPort);
}

Address secure_address() {
  return *Address::parse("127.0.0.1", kSecurePort);
}

Plan make_plan(Random& random) {
  Plan plan;
  plan.weather = static_cast<Weather>(random.below(3));
  const bool is_rough = plan.weather == Weather::rough;
  plan.faults = random_faults(!is_rough, random);
  plan.workers = random.one_in(4) ? 2 : 1;
  plan.backends = plan.weather == Weather::outages ? 2 + random.below(2) : 1 + random.below(3);
  plan.blunt_backends = is_rough && random.one_in(3) ? 1 : 0;
  plan.dead_backends = is_rough && random.one_in(4) ? 1 : 0;
  plan.has_one_name = plan.backends > 1 && random.one_in(3);
  plan.plain_clients = 1 + random.below(4);
  if (random.one_in(4)) plan.tls_clients = 1 + random.below(2);
  if (random.one_in(3)) plan.quic_clients = 1 + random.below(2);
  plan.requests_max = 1 + random.below(6);
  plan.drains_early = is_rough && random.one_in(5);

  config::Server& server = plan.config.server;
  server.workers = plan.workers;
  server.quic.max_concurrent_streams = 1 + random.below(10);
  // A QUIC connection that waits for a slow backend is idle, too.
  if (!is_rough) server.quic.idle_timeout = minutes(5);
  server.quic.retry = static_cast<config::StatelessRetry>(random.below(3));
  server.limits.stream_buffer_bytes_max =
      std::array<uint64_t, 3>{8 * 1024, 64 * 1024, 256 * 1024}[random.below(3)];
  static_cast<config::RouteTimeouts&>(server.timeouts) = random_timeouts(!is_rough, random);
  server.limits.pool.connections_max = 1 + random.below(4);
  server.limits.pool.idle_connections_max = random.below(3);
  server.limits.pool.idle_timeout = milliseconds(200 + random.below(10'000));
  if (is_rough && random.one_in(4)) server.limits.pool.pending_requests_max = 1 + random.below(3);
  if (is_rough && random.one_in(6)) server.limits.body_bytes_max = random.below(200'000);
  plan.config.load_balancer.algorithm = static_cast<config::Algorithm>(random.below(7));
  plan.config.health_check = random_health_check(is_rough, random);
  plan.config.outlier_detection = random_outlier_detection(random);
  if (plan.weather == Weather::outages) prepare_for_outages(plan.config);
  for (uint32_t i = 0; i < plan.backends + plan.blunt_backends + plan.dead_backends; ++i) {
    config::Backend backend;
    backend.name = "backend-" + std::to_string(i);
    backend.url.host = backend_address(i).ip_text();
    backend.url.port = backend_address(i).port();
    backend.weight = 1 + random.below(3);
    backend.pool = server.limits.pool;
    backend.health_check = plan.config.health_check;
    backend.outlier_detection = plan.config.outlier_detection;
    plan.config.backends.push_back(std::move(backend));
  }
  if (plan.has_one_name) give_one_name(plan);
  return plan;
}

}  // namespace qp::sim
