#include "config/schema.h"

#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Choice<LogLevel> kLogLevels[] = {{"trace", LogLevel::trace},
                                           {"debug", LogLevel::debug},
                                           {"info", LogLevel::info},
                                           {"warn", LogLevel::warn},
                                           {"error", LogLevel::error}};
constexpr Choice<LogFormat> kLogFormats[] = {{"json", LogFormat::json}, {"text", LogFormat::text}};
constexpr Choice<AccessLogFormat> kAccessLogFormats[] = {{"json", AccessLogFormat::json},
                                                         {"common", AccessLogFormat::common},
                                                         {"combined", AccessLogFormat::combined},
                                                         {"template", AccessLogFormat::custom}};

constexpr Choice<Propagation> kPropagations[] = {{"tracecontext", Propagation::tracecontext},
                                                 {"b3", Propagation::b3}};

Value propagation(Propagation& target) {
  return choice(target, kPropagations);
}

Value word(std::string& target) {
  return text(target, parse_plain, "a text without control characters");
}

}  // namespace

void describe(Visitor& v, BackendTls& tls) {
  v.value({"ca_file", "Certificates in PEM that may have signed the backend's; empty: the system's store."},
          text(tls.ca_file, parse_plain, "the path of a file"));
  v.value({"server_name", "Name for SNI and for the check of the certificate; empty: the host of the URL."},
          text(tls.server_name, parse_optional_host, "a host name"));
  v.value({"verify", "Refuses a backend whose certificate is not good."}, flag(tls.verify));
}

void describe(Visitor& v, Backend& backend) {
  v.value({"name", "Its name in routes, logs, metrics and the API.", Need::required},
          text(backend.name, parse_name, "a name of letters, digits, '-', '_' and '.'"));
  v.value({"url", "Scheme, host, port and perhaps a base path that is put before every request's path.",
           Need::required},
          url(backend.url));
  v.value({"socket",
           "A Unix socket to connect to instead of the URL's host and port, which are only names then."},
          text(backend.socket, parse_optional_socket_path, "the absolute path of a socket, or nothing"));
  v.value({"weight", "Its share of the requests, with every algorithm but round_robin."},
          count(backend.weight, {1, 1000}));
  v.value({"container", "The name of its container, for control.driver docker; empty: its own name."},
          text(backend.container, parse_optional_container, "the name of a container, or nothing"));
  v.section({"tls", "For https URLs."}, section_of(backend.tls));
  v.section({"pool", "What one worker may have under way with this backend; starts as server.limits.pool."},
            section_of(backend.pool));
  v.section({"health_check", "Active checks of this backend; starts as the global health_check."},
            section_of(backend.health_check));
  v.section({"outlier_detection", "For this backend; starts as the global outlier_detection."},
            section_of(backend.outlier_detection));
  v.values(
      {"command",
       "Program and arguments that run this backend, where control.driver is process. Without a slash the "
       "program is looked up in PATH; there is no shell."},
      values_of(backend.command, word));
}

void describe(Visitor& v, Metrics& metrics) {
  v.value({"enabled", "Serves metrics for Prometheus under /metrics."}, flag(metrics.enabled));
  v.value({"address", "Address of that server."}, address(metrics.address));
}

void describe(Visitor& v, Tracing& tracing) {
  v.value({"enabled", "Records spans and sends them to the endpoints below."}, flag(tracing.enabled));
  v.value({"jaeger_endpoint", "Jaeger's collector, Thrift over HTTP: \"http://jaeger:14268/api/traces\"."},
          url_or_off(tracing.jaeger_endpoint));
  v.value(
      {"otlp_endpoint", "An OpenTelemetry collector, OTLP over HTTP: \"http://collector:4318/v1/traces\"."},
      url_or_off(tracing.otlp_endpoint));
  v.value({"sample_ratio", "Share of the traces that begin here; a client's decision to sample is followed."},
          ratio(tracing.sample_ratio));
  v.values(
      {"propagation",
       "Fields in which a trace comes from clients and goes to backends: traceparent and tracestate "
       "(tracecontext), or those of Zipkin (b3). Of several the first that a client sends counts; backends "
       "get all. Fields that are not listed pass untouched."},
      values_of<Propagation>(tracing.propagation, propagation));
  v.section({"tls", "For endpoints with https URLs."}, section_of(tracing.tls));
  v.fields({.name = "headers",
            .doc = "Fields that the endpoints are sent with every batch, such as authorization.",
            .secrecy = Secrecy::always},
           tracing.headers);
  v.value({"queue_spans_max", "Spans that may wait for one endpoint; those above are dropped and counted."},
          count(tracing.queue_spans_max, {1, 1'000'000}));
  v.value({"batch_spans_max", "Spans in one request to an endpoint."},
          count(tracing.batch_spans_max, {1, 10'000}));
  v.value({"batch_delay", "A span waits no longer than this for others to be sent with."},
          duration(tracing.batch_delay, {milliseconds(1), hours(1)}));
  v.value({"timeout", "A request to an endpoint that takes longer has failed, and is repeated."},
          duration(tracing.timeout, {milliseconds(10), hours(1)}));
}

void describe(Visitor& v, AccessLog& log) {
  v.value({"enabled", "Writes one line per request."}, flag(log.enabled));
  v.value({"format", "Form of that line."}, choice(log.format, kAccessLogFormats));
  v.value(
      {"template",
       "The line with format template: text with variables such as {client_ip}, which docs/logs.md lists."},
      text(log.line_template, parse_access_template,
           "text with variables such as {client_ip} (docs/logs.md), and {{ and }} for braces"));
  v.value({"sample", "Share of the requests that is logged; those that fail (status 400 and above) all are."},
          ratio(log.sample));
}

void describe(Visitor& v, Logging& logging) {
  v.value({"level", "Least important events that are written."}, choice(logging.level, kLogLevels));
  v.value({"format", "Form of a line."}, choice(logging.format, kLogFormats));
  v.value({"output", "stdout, stderr, or the path of a file, which SIGUSR1 reopens."},
          text(logging.output, parse_plain, "stdout, stderr or the path of a file"));
  v.section({"access_log", "The record of requests, written to the same output."},
            section_of(logging.access_log));
}

void describe(Visitor& v, Telemetry& telemetry) {
  v.section({"metrics", "Numbers for Prometheus."}, section_of(telemetry.metrics));
  v.section({"tracing", "The path of single requests."}, section_of(telemetry.tracing));
  v.section({"logging", "Lines of text."}, section_of(telemetry.logging));
}

void describe(Visitor& v, Config& config) {
  v.section({"server", "The side that clients see."}, section_of(config.server));
  v.section({"health_check", "Active checks of the backends (resilience.md)."},
            section_of(config.health_check));
  v.section({"outlier_detection", "Takes backends out by what they answer to requests (resilience.md)."},
            section_of(config.outlier_detection));

  // What the file says once is where these start from; the sections above have been visited already.
  Backend backend;
  backend.pool = config.server.limits.pool;
  backend.health_check = config.health_check;
  backend.outlier_detection = config.outlier_detection;
  v.sections({"backends", "The servers to which requests go.", Need::required},
             sections_of(config.backends, backend));
  v.section({"load_balancer", "How to choose among the backends."}, section_of(config.load_balancer));
  v.section({"retry", "When a request that failed at one backend is tried again."}, section_of(config.retry));

  Route route;
  route.load_balancer = config.load_balancer;
  route.retry = config.retry;
  route.timeouts = static_cast<const RouteTimeouts&>(config.server.timeouts);
  v.sections({"routes",
              "Which requests go where. Without routes every request goes to all backends; with them a "
              "request that no "
              "route matches is answered with 404."},
             sections_of(config.routes, route));
  v.section({"health", "Pages for those who watch over the proxy."}, section_of(config.health));
  v.section({"control", "The control center (api.md)."}, section_of(config.control));
  v.section({"telemetry", "What the proxy tells about itself."}, section_of(config.telemetry));
}

}  // namespace qp::config
