#include "config/fixed.h"

#include <string_view>

namespace qp::config {

std::vector<std::string> keep_fixed(Config& fresh, const Config& running) {
  std::vector<std::string> keys;
  const auto keep = [&keys](std::string_view key, auto& wanted, const auto& kept) {
    if (wanted == kept) return;
    wanted = kept;
    keys.emplace_back(key);
  };
  Server& server = fresh.server;
  const Server& old = running.server;
  keep("server.address", server.address, old.address);
  keep("server.fallback_address", server.fallback_address, old.fallback_address);
  keep("server.workers", server.workers, old.workers);
  keep("server.quic", server.quic, old.quic);
  keep("server.secret_file", server.secret_file, old.secret_file);
  keep("server.former_secret_files", server.former_secret_files, old.former_secret_files);

  keep("server.limits.head_bytes_max", server.limits.head_bytes_max, old.limits.head_bytes_max);
  keep("server.limits.uri_bytes_max", server.limits.uri_bytes_max, old.limits.uri_bytes_max);
  keep("server.limits.head_fields_max", server.limits.head_fields_max, old.limits.head_fields_max);
  keep("server.limits.connections_per_worker_max", server.limits.connections_per_worker_max,
       old.limits.connections_per_worker_max);
  keep("server.limits.connections_per_ip_max", server.limits.connections_per_ip_max,
       old.limits.connections_per_ip_max);
  keep("server.limits.half_open_handshakes_max", server.limits.half_open_handshakes_max,
       old.limits.half_open_handshakes_max);

  keep("server.timeouts.client_handshake", server.timeouts.client_handshake, old.timeouts.client_handshake);
  keep("server.timeouts.client_header", server.timeouts.client_header, old.timeouts.client_header);
  keep("server.timeouts.client_idle", server.timeouts.client_idle, old.timeouts.client_idle);

  keep("health.address", fresh.health.address, running.health.address);
  keep("control.address", fresh.control.address, running.control.address);
  keep("control.token", fresh.control.token, running.control.token);
  keep("control.trusted_networks", fresh.control.trusted_networks, running.control.trusted_networks);
  keep("control.allowed_origins", fresh.control.allowed_origins, running.control.allowed_origins);
  keep("control.driver", fresh.control.driver, running.control.driver);
  keep("control.docker", fresh.control.docker, running.control.docker);
  Telemetry& telemetry = fresh.telemetry;
  keep("telemetry.metrics", telemetry.metrics, running.telemetry.metrics);
  keep("telemetry.tracing", telemetry.tracing, running.telemetry.tracing);
  keep("telemetry.logging.format", telemetry.logging.format, running.telemetry.logging.format);
  keep("telemetry.logging.output", telemetry.logging.output, running.telemetry.logging.output);
  return keys;
}

}  // namespace qp::config
