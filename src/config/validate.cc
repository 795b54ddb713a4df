#include "config/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

#include "config/syntax.h"
#include "config/units.h"
#include "config/validate_balancer.h"
#include "config/validate_routes.h"

namespace qp::config {

namespace {

struct Listener {
  std::string_view path;
  ListenAddress address;
};

bool is_wildcard(std::string_view host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class Validator {
 public:
  Validator(const Config& config, const Marks& marks, Complaints& out)
      : config_(config), marks_(marks), out_(out) {}

  void check() {
    check_listeners();
    check_certificates();
    check_quic();
    check_secrets();
    check_limits();
    for (std::size_t i = 0; i < config_.backends.size(); ++i)
      check_backend(i);
    if (config_.backends.empty() && marks_.holds("backends"))
      complain({"backends"}, "backends is empty", "at least one");
    check_health("", config_.health_check, config_.outlier_detection);
    check_docker();
    check_commands();
    check_tracing();
    check_access_log();
  }

 private:
  /// Complains at the first of these values that the file holds.
  void complain(std::initializer_list<std::string_view> paths, std::string message, std::string expected) {
    std::string_view place = *paths.begin();
    for (const std::string_view path : paths) {
      if (!marks_.holds(path)) continue;
      place = path;
      break;
    }
    out_.push_back(
        {.mark = marks_.of(place), .message = std::move(message), .expected = std::move(expected)});
  }

  [[nodiscard]] std::vector<Listener> listeners() const {
    std::vector<Listener> all{{"server.address", config_.server.address}};
    if (config_.server.fallback_address)
      all.push_back({"server.fallback_address", *config_.server.fallback_address});
    if (config_.control.address) all.push_back({"control.address", *config_.control.address});
    if (config_.health.address) all.push_back({"health.address", *config_.health.address});
    if (config_.telemetry.metrics.enabled) {
      all.push_back({"telemetry.metrics.address", config_.telemetry.metrics.address});
    }
    return all;
  }

  void check_listeners() {
    const std::vector<Listener> all = listeners();
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const ListenAddress& a = all[j].address;
        const ListenAddress& b = all[i].address;
        if (a.port != b.port || a.port == 0) continue;
        if (a.host != b.host && !is_wildcard(a.host) && !is_wildcard(b.host)) continue;
        complain({all[i].path, all[j].path},
                 fmt::format("{} and {} both use port {}", all[j].path, all[i].path, a.port),
                 "a port for each");
      }
    }
  }

  void check_certificates() {
    std::set<std::string_view> seen{config_.server.tls.cert_file};
    for (std::size_t i = 0; i < config_.server.tls.certificates.size(); ++i) {
      const std::string& file = config_.server.tls.certificates[i].cert_file;
      if (file.empty() || seen.insert(file).second) continue;
      complain({fmt::format("server.tls.certificates[{}].cert_file", i)},
               fmt::format("certificate \"{}\" is given twice", file), "each certificate once");
    }
  }

  template <typename T, typename Print>
  void check_order(std::string_view small, T small_value, std::string_view large, T large_value,
                   Print print) {
    if (small_value <= large_value) return;
    complain(
        {small, large},
        fmt::format("{} ({}) is larger than {} ({})", small, print(small_value), large, print(large_value)),
        fmt::format("at most {}", print(large_value)));
  }

  void check_quic() {
    const Quic& quic = config_.server.quic;
    check_order("server.quic.initial_stream_window", quic.initial_stream_window,
                "server.quic.max_stream_window", quic.max_stream_window, print_size);
    check_order("server.quic.initial_connection_window", quic.initial_connection_window,
                "server.quic.max_connection_window", quic.max_connection_window, print_size);
    check_order("server.quic.initial_stream_window", quic.initial_stream_window,
                "server.quic.initial_connection_window", quic.initial_connection_window, print_size);
    check_order("server.quic.max_stream_window", quic.max_stream_window, "server.quic.max_connection_window",
                quic.max_connection_window, print_size);
    check_order("server.quic.keep_alive", quic.keep_alive, "server.quic.idle_timeout", quic.idle_timeout,
                print_duration);
  }

  void check_secrets() {
    constexpr std::size_t kFormerSecretsMax = 3;
    const Server& server = config_.server;
    const std::size_t former = server.former_secret_files.size();
    if (former > 0 && server.secret_file.empty()) {
      complain({"server.former_secret_files"}, "there are former secrets, and no server.secret_file",
               "a secret_file, or no former_secret_files");
    }
    if (former > kFormerSecretsMax) {
      complain({"server.former_secret_files"}, fmt::format("there are {} former secrets", former),
               fmt::format("at most {}", kFormerSecretsMax));
    }
    const RoutableIds& ids = server.quic.routable_ids;
    if (ids.server_id.empty() && (!ids.key_file.empty() || ids.config_id != 0)) {
      complain({"server.quic.routable_ids"}, "there is no server_id, so that no ID is routable",
               "a server_id");
    }
  }

  void check_limits() {
    const Limits& limits = config_.server.limits;
    check_order("server.limits.uri_bytes_max", limits.uri_bytes_max, "server.limits.head_bytes_max",
                limits.head_bytes_max, print_size);
    check_order("server.limits.stream_buffer_bytes_max", limits.stream_buffer_bytes_max,
                "server.limits.worker_memory_bytes_max", limits.worker_memory_bytes_max, print_size);
    if (config_.server.quic.retry == StatelessRetry::adaptive) {
      check_order("server.quic.retry_above_half_open", config_.server.quic.retry_above_half_open,
                  "server.limits.half_open_handshakes_max", limits.half_open_handshakes_max,
                  [](std::uint32_t n) { return fmt::format("{}", n); });
    }
  }

  void check_backend(std::size_t i) {
    const Backend& backend = config_.backends[i];
    const std::string path = fmt::format("backends[{}]", i);
    for (std::size_t j = 0; j < i && !backend.name.empty(); ++j) {
      if (config_.backends[j].name != backend.name) continue;
      const std::string first = fmt::format("backends[{}].name", j);
      complain({path + ".name"},
               fmt::format("backend \"{}\" is given twice; the first is in line {}", backend.name,
                           marks_.of(first).line),
               "a name for each");
      break;
    }
    if (backend.url.host.empty()) return;  // load() has complained
    const bool has_tls =
        !backend.tls.ca_file.empty() || !backend.tls.server_name.empty() || !backend.tls.verify;
    if (has_tls && backend.url.scheme == Scheme::http) {
      complain({path + ".tls"}, fmt::format("backend \"{}\" has tls settings and an http URL", backend.name),
               "an https URL, or no tls section");
    }
    check_loop(path, backend);
    const bool is_global = backend.health_check == config_.health_check &&
                           backend.outlier_detection == config_.outlier_detection;
    if (!is_global) check_health(path + ".", backend.health_check, backend.outlier_detection);
  }

  /// What is run, and somebody who runs it: neither without the other.
  void check_commands() {
    const bool is_run = config_.control.driver == Driver::process;
    bool has_any = false;
    for (std::size_t i = 0; i < config_.backends.size(); ++i) {
      const Backend& backend = config_.backends[i];
      if (backend.command.empty()) continue;
      has_any = true;
      const std::string path = fmt::format("backends[{}].command", i);
      if (backend.command[0].empty() && !marks_.is_wrong(path)) {
        complain({path + "[0]"}, fmt::format("the command of backend \"{}\" names no program", backend.name),
                 "a program, then its arguments");
      }
      if (!is_run && !marks_.is_wrong("control.driver")) {
        complain({path}, fmt::format("nobody runs the command of backend \"{}\"", backend.name),
                 "control.driver: process, or no command");
      }
    }
    if (is_run && !has_any) {
      complain({"control.driver"}, "the driver is process, and no backend has a command",
               "a command for each backend that is to be run");
    }
  }

  /// A backend on this machine behind a port that the proxy itself listens on.
  void check_loop(const std::string& path, const Backend& backend) {
    if (!backend.socket.empty() || !is_loopback(backend.url.host)) return;
    for (const Listener& listener : listeners()) {
      const ListenAddress& address = listener.address;
      if (address.port != backend.url.port) continue;
      if (!is_wildcard(address.host) && address.host != backend.url.host) continue;
      complain({path + ".url"},
               fmt::format("backend \"{}\" is the proxy itself ({})", backend.name, listener.path),
               "the address of another server");
    }
  }

  void check_health(const std::string& at, const HealthCheck& check, const OutlierDetection& detection) {
    if (check.timeout > check.interval) {
      complain({at + "health_check.timeout", at + "health_check.interval"},
               fmt::format("health_check.timeout ({}) is longer than health_check.interval ({})",
                           print_duration(check.timeout), print_duration(check.interval)),
               "a check to end before the next one begins");
    }
    check_order(at + "outlier_detection.base_ejection_time", detection.base_ejection_time,
                at + "outlier_detection.max_ejection_time", detection.max_ejection_time, print_duration);
  }

  void check_docker() {
    const Control& control = config_.control;
    if (control.docker.url && control.docker.url->scheme == Scheme::https) {
      complain({"control.docker.url"},
               "Docker's own TLS wants a certificate of the client, and there is none", "an http URL");
    }
    if (control.driver != Driver::docker) return;
    for (std::size_t i = 0; i < config_.backends.size(); ++i) {
      const Backend& backend = config_.backends[i];
      if (backend.name.empty() || !backend.container.empty()) continue;
      const auto container = parse_container(backend.name);
      if (container) continue;
      complain({fmt::format("backends[{}].name", i)},
               "no container can have the name of this backend: " + container.error(), "a container for it");
    }
  }

  void check_tracing() {
    const Tracing& tracing = config_.telemetry.tracing;
    check_order("telemetry.tracing.batch_spans_max", tracing.batch_spans_max,
                "telemetry.tracing.queue_spans_max", tracing.queue_spans_max,
                [](std::uint32_t n) { return fmt::format("{}", n); });
    const auto is_https = [](const std::optional<Url>& url) { return url && url->scheme == Scheme::https; };
    if (tracing.tls != BackendTls() && !is_https(tracing.jaeger_endpoint) &&
        !is_https(tracing.otlp_endpoint)) {
      complain({"telemetry.tracing.tls"}, "tracing has tls settings and no https endpoint",
               "an https URL, or no tls section");
    }
    if (!tracing.enabled || tracing.jaeger_endpoint || tracing.otlp_endpoint) return;
    complain({"telemetry.tracing.enabled"}, "tracing is enabled and has no endpoint",
             "jaeger_endpoint or otlp_endpoint");
  }

  void check_access_log() {
    constexpr std::string_view kPath = "telemetry.logging.access_log";
    const AccessLog& log = config_.telemetry.logging.access_log;
    const bool is_custom = log.format == AccessLogFormat::custom;
    if (is_custom != log.line_template.empty() || marks_.is_wrong(kPath)) return;
    complain({is_custom ? "telemetry.logging.access_log.format" : "telemetry.logging.access_log.template"},
             is_custom ? "the format is template, and there is no template"
                       : "there is a template, and the format is another",
             is_custom ? "a template, or another format" : "format: template");
  }

  const Config& config_;
  const Marks& marks_;
  Complaints& out_;
};

}  // namespace

Complaints validate(const Config& config, const Marks& marks) {
  Complaints out;
  Validator(config, marks, out).check();
  validate_routes(config, marks, out);
  validate_balancers(config, marks, out);
  return out;
}

}  // namespace qp::config
