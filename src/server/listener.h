// Where clients come in: the listening sockets, one set per worker, all bound before any worker starts, so
// that a port in use is one clear line at start and not a half-working proxy.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "io/socket.h"
#include "io/udp.h"

namespace qp::server {

struct WorkerSockets {
  std::optional<io::UdpSocket> quic;  // server.address, UDP
  io::Fd secure;                      // server.address, TCP with TLS
  io::Fd plain;                       // server.fallback_address; may be closed
};

// One on control, for operators and their tools.
struct AdminSocket {
  io::Fd listener;  // closed: not configured
  uint16_t port = 0;
};

struct Sockets {
  std::vector<WorkerSockets> workers;
  AdminSocket health;        // health.address
  AdminSocket metrics;       // telemetry.metrics.address
  AdminSocket control;       // control.address
  uint16_t secure_port = 0;  // as bound: differs from the configuration where that says 0
  uint16_t plain_port = 0;
  std::vector<std::string>
      advice;  // one line each, for the log: e.g. receive buffers that the kernel cut short
};

// The host by which this machine finds that listener of its own.
std::string own_host(const config::ListenAddress& address);

// The error says what failed and how to mend it.
std::expected<Sockets, std::string> open_sockets(const config::Config& config, uint32_t workers);

}  // namespace qp::server
