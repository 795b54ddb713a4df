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
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/network.h"
#include "config/drill_plan.h"
#include "config/minimum.h"

namespace qp::config {

/// The value of a limit that the file calls `unlimited`: no count of bytes is above it.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The value of a limit on things that the file calls `unlimited`.
inline constexpr std::uint32_t kUnlimitedCount = std::numeric_limits<std::uint32_t>::max();

/// The value of a duration that the file calls `off`.
inline constexpr Duration kOff = Duration::zero();

/// Where to listen: ":443", "127.0.0.1:80", "[::]:443". An empty host is every address of both families;
/// port 0 lets the kernel choose.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

enum class Scheme { http, https };

/// An absolute http or https URL without user, query and fragment. The host has no brackets, the port is
/// always set, and the path is either empty or starts with '/' and does not end with one.
struct Url {
  Scheme scheme = Scheme::http;
  std::string host;
  std::uint16_t port = 80;
  std::string path;
  bool operator==(const Url&) const = default;
};

struct Certificate {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;   // PEM
  bool operator==(const Certificate&) const = default;
};

/// Certificates of the listeners. The names each one serves, wildcards included, are taken from the
/// certificate.
struct ServerTls {
  std::string cert_file;  // the default certificate, for clients that name no server or an unknown one
  std::string key_file;
  std::vector<Certificate> certificates;  // further ones, chosen by SNI
  bool operator==(const ServerTls&) const = default;
};

/// All certificates of a listener, the default one first.
std::vector<Certificate> all_certificates(const ServerTls& tls);

enum class Congestion { bbr, cubic, reno };
enum class StatelessRetry { off, adaptive, always };

/// Connection IDs that a load balancer in front can route by: QUIC-LB, draft-ietf-quic-load-balancers.
struct RoutableIds {
  std::string server_id;        // bytes; of this instance; empty: off
  std::uint32_t config_id = 0;  // as the balancer calls its configuration
  std::string key_file;         // shared with the balancer; empty: the server ID stands in the open
  bool operator==(const RoutableIds&) const = default;
};

struct Quic {
  std::uint32_t max_concurrent_streams = 100;  // request streams a client may have open on one connection
  Duration idle_timeout = std::chrono::seconds(30);
  Duration keep_alive = kOff;  // interval of pings on a connection that has nothing to say, requests or not
  Congestion congestion = Congestion::bbr;
  std::uint64_t max_udp_payload = 1452;  // bytes; where path MTU discovery stops
  std::uint64_t initial_stream_window = 256 * 1024;
  std::uint64_t initial_connection_window = 1024 * 1024;
  std::uint64_t max_stream_window = 6 * 1024 * 1024;  // windows grow up to these with the measured path
  std::uint64_t max_connection_window = 16 * 1024 * 1024;
  StatelessRetry retry = StatelessRetry::adaptive;
  std::uint32_t retry_above_half_open =
      256;  // adaptive: half-open handshakes of a worker above which Retry is sent
  RoutableIds routable_ids;
  bool operator==(const Quic&) const = default;
};

/// What one worker may have under way with one backend.
struct Pool {
  std::uint32_t connections_max = 512;
  std::uint32_t idle_connections_max = 512;
  std::uint32_t pending_requests_max = 1024;     // requests that wait for a connection
  std::uint32_t requests_max = kUnlimitedCount;  // requests, waiting ones included
  std::uint32_t retries_max = 256;               // those of them that failed elsewhere before
  Duration idle_timeout = std::chrono::seconds(30);
  bool operator==(const Pool&) const = default;
};

/// Streams per connection are limited by Quic::max_concurrent_streams.
struct Limits {
  std::uint64_t head_bytes_max = 64 * 1024;  // of a request or response head, and of trailers, decoded
  std::uint64_t uri_bytes_max = 16 * 1024;
  std::uint32_t head_fields_max = 128;
  std::uint64_t body_bytes_max = kUnlimited;           // of a request
  std::uint64_t stream_buffer_bytes_max = 256 * 1024;  // waiting between the two sides, per direction
  std::uint64_t worker_memory_bytes_max = 256 * 1024 * 1024;
  std::uint32_t connections_per_worker_max = 65536;
  std::uint32_t connections_per_ip_max = 16384;   // and worker
  std::uint32_t half_open_handshakes_max = 4096;  // per worker
  Pool pool;
  bool operator==(const Limits&) const = default;
};

/// Timeouts that may differ by route.
struct RouteTimeouts {
  Duration client_body_idle = std::chrono::seconds(30);  // between two parts of a request's body
  Duration client_write_idle =
      std::chrono::seconds(60);                         // while the client takes nothing of what waits for it
  Duration connect = std::chrono::seconds(5);           // to a backend, TLS included
  Duration response_header = std::chrono::seconds(60);  // from the request's end to the final response head
  Duration response_idle = std::chrono::seconds(60);    // between two parts of a response's body
  Duration request = kOff;                              // from the request's head to the response's end
  bool operator==(const RouteTimeouts&) const = default;
};

struct Timeouts : RouteTimeouts {
  Duration client_handshake = std::chrono::seconds(10);  // TLS or QUIC
  Duration client_header = std::chrono::seconds(10);     // from a request's first byte to the end of its head
  Duration client_idle = std::chrono::seconds(60);       // between requests on a connection
  bool operator==(const Timeouts&) const = default;
};

struct AltSvc {
  bool enabled = true;
  std::uint16_t advertised_port = 0;  // 0 is the port of server.address
  Duration max_age = std::chrono::hours(24);
  bool operator==(const AltSvc&) const = default;
};

struct Server {
  std::string name = "quic-proxy";  // in Via, Proxy-Status and telemetry
  ListenAddress address{.host = "", .port = 443};
  std::optional<ListenAddress> fallback_address =
      ListenAddress{.host = "", .port = 80};  // none: no plain HTTP
  ServerTls tls;
  std::uint32_t workers = 0;  // 0: one per core
  Quic quic;
  Limits limits;
  Timeouts timeouts;
  Duration shutdown_timeout = std::chrono::seconds(30);
  std::vector<Network> trusted_proxies;  // peers whose forwarding fields are believed
  AltSvc alt_svc;
  std::string secret_file;  // seeds the keys of tickets, tokens, resets and connection IDs; empty: random
  std::vector<std::string> former_secret_files;  // what was made under these is still honoured
  bool operator==(const Server&) const = default;
};

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

enum class Algorithm {
  round_robin,
  least_connections,
  weighted,
  least_request,
  peak_ewma,
  ring_hash,
  maglev,
};

/// What of a request decides with ring_hash and maglev. Neither of them, or neither in the request: the
/// client's address.
struct HashOn {
  std::string header;  // lower case
  std::string cookie;
  bool operator==(const HashOn&) const = default;
};

enum class SameSite { lax, strict, none };

/// A cookie that keeps a client at the backend that served it first.
struct Sticky {
  bool enabled = false;
  std::string name = "quic-proxy-backend";
  Duration ttl = kOff;  // off: until the browser ends
  std::string path = "/";
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::lax;
  bool operator==(const Sticky&) const = default;
};

struct LoadBalancer {
  Algorithm algorithm = Algorithm::round_robin;
  HashOn hash_on;
  Sticky sticky;
  Minimum minimum_healthy;  // with fewer than that, unhealthy backends are used too
  Duration slow_start = kOff;
  bool operator==(const LoadBalancer&) const = default;
};

/// What a request may be tried again for (docs/resilience.md).
enum class RetryOn { connect_failure, refused, stale, reset, timeout, status_502, status_503, status_504 };

struct Retry {
  std::uint32_t attempts = 3;  // in all, the first one included
  std::vector<RetryOn> on = {RetryOn::connect_failure, RetryOn::refused, RetryOn::stale, RetryOn::reset};
  Duration per_try_timeout = kOff;  // from an attempt's beginning to the head of its response
  double budget = 0.2;              // share of a worker's open requests of the route that may be retries
  std::uint32_t budget_requests_min = 10;          // so many may be in any case
  std::uint32_t budget_saved_requests_max = 1000;  // so many more, saved up by requests that needed no retry
  std::uint64_t body_bytes_max = 256 * 1024;       // of a request, kept to be sent again
  bool operator==(const Retry&) const = default;
};

/// Which requests a route takes. An empty member matches everything.
struct Match {
  std::string host;                  // lower case; exact or "*.example.com"
  std::string path;                  // exact, "/api/*", "/users/*/posts", "/static/**"
  std::vector<std::string> methods;  // upper case
  bool operator==(const Match&) const = default;
};

struct HeaderField {
  std::string name;  // lower case
  std::string value;
  bool operator==(const HeaderField&) const = default;
};

/// Changes to the fields of one head, in this order: remove, set, add.
struct HeaderChanges {
  std::vector<HeaderField> set;
  std::vector<HeaderField> add;
  std::vector<std::string> remove;  // lower case
  bool operator==(const HeaderChanges&) const = default;
};

struct HeaderRules {
  HeaderChanges request;
  HeaderChanges response;
  bool operator==(const HeaderRules&) const = default;
};

/// Changes to the request's target before it goes to a backend; the query stays. Either `path` alone, or
/// strip_prefix and then add_prefix.
struct Rewrite {
  std::string path;
  std::string strip_prefix;
  std::string add_prefix;
  std::string host;  // sent instead of the client's
  bool operator==(const Rewrite&) const = default;
};

/// An answer by the proxy itself. `to` may hold {host}, {path} and {uri} (path and query) of the request.
struct Redirect {
  std::string to;
  std::uint16_t status = 308;
  bool operator==(const Redirect&) const = default;
};

struct Route {
  std::string name;  // for logs; load() makes one of host and path where the file gives none
  Match match;
  std::vector<std::string> backends;  // by name; empty: all
  LoadBalancer load_balancer;         // starts as the global one
  Retry retry;                        // starts as the global one
  RouteTimeouts timeouts;             // start as server.timeouts
  HeaderRules headers;
  std::optional<Rewrite> rewrite;
  std::optional<Redirect> redirect;
  bool operator==(const Route&) const = default;
};

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
