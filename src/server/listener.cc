#include "server/listener.h"

#include <fmt/format.h>

#include <string_view>

namespace qp::server {

namespace {

constexpr int kReceiveBufferBytesWanted = 8 * 1024 * 1024;
constexpr int kReceiveBufferBytesAdvised = 2 * 1024 * 1024;
constexpr int kPortAttemptsMax = 20;  // port 0: TCP's free port may be taken on UDP

std::string explain(const Error& error, const config::ListenAddress& address, std::string_view protocol) {
  const std::string where =
      fmt::format("{} {}:{}", protocol, address.host.empty() ? "*" : address.host, address.port);
  switch (error.code) {
    case ErrorCode::address_in_use:
      return fmt::format(
          "cannot listen on {}: the port is in use; stop the program that holds it (ss -lntup shows it) "
          "or choose another port",
          where);
    case ErrorCode::permission:
      return fmt::format(
          "cannot listen on {}: ports below 1024 need a privilege; run "
          "'setcap cap_net_bind_service=+ep' on the binary, start as root, or choose a higher port",
          where);
    default: return fmt::format("cannot listen on {}: {}", where, error.detail);
  }
}

// Without a host that is IPv6's wildcard, which takes IPv4 too, or IPv4's if the kernel has no IPv6.
std::expected<Address, std::string> resolve(const config::ListenAddress& address) {
  std::string_view host = address.host;
  if (host.empty() && !io::has_ipv6()) host = "0.0.0.0";
  auto parsed = Address::parse(host, address.port);
  if (!parsed) return std::unexpected(fmt::format("cannot listen on '{}': not an IP address", address.host));
  return *parsed;
}

struct Bound {
  std::vector<io::Fd> tcp;
  std::vector<io::UdpSocket> udp;
  uint16_t port = 0;
};

// A reuse_port socket would quietly share its port with another process of the same user: ask for it alone
// first.
Result<> probe(const Address& address, bool with_udp) {
  if (auto tcp = io::listen_tcp(address, {.reuse_port = false}); !tcp) return std::unexpected(tcp.error());
  if (!with_udp) return {};
  if (auto udp = io::UdpSocket::bind(address, {.reuse_port = false}); !udp)
    return std::unexpected(udp.error());
  return {};
}

// One TCP socket per worker and, if wanted, one UDP socket each, all on the same port.
std::expected<Bound, std::string> bind_all(const config::ListenAddress& where, uint32_t workers,
                                           bool with_udp, bool& udp_port_was_taken) {
  auto address = resolve(where);
  if (!address) return std::unexpected(address.error());
  if (where.port != 0) {
    if (auto alone = probe(*address, with_udp); !alone) {
      return std::unexpected(explain(alone.error(), where, with_udp ? "TCP and UDP" : "TCP"));
    }
  }
  Bound bound;
  for (uint32_t i = 0; i < workers; ++i) {
    auto fd = io::listen_tcp(*address, {});
    if (!fd) return std::unexpected(explain(fd.error(), where, "TCP"));
    if (i == 0) {
      auto local = io::local_address(fd->get());
      if (!local) return std::unexpected(explain(local.error(), where, "TCP"));
      bound.port = local->port();
      address->set_port(bound.port);
    }
    bound.tcp.push_back(std::move(*fd));
    if (!with_udp) continue;
    auto udp = io::UdpSocket::bind(*address, {.receive_buffer_bytes = kReceiveBufferBytesWanted});
    if (!udp) {
      udp_port_was_taken = udp.error().code == ErrorCode::address_in_use;
      return std::unexpected(explain(udp.error(), where, "UDP"));
    }
    bound.udp.push_back(std::move(*udp));
  }
  return bound;
}

std::expected<AdminSocket, std::string> open_admin(const std::optional<config::ListenAddress>& where) {
  if (!where) return AdminSocket();
  bool udp_port_was_taken = false;
  auto bound = bind_all(*where, 1, false, udp_port_was_taken);
  if (!bound) return std::unexpected(bound.error());
  return AdminSocket{std::move(bound->tcp.front()), bound->port};
}

}  // namespace

std::string own_host(const config::ListenAddress& address) {
  if (address.host.empty() || address.host == "0.0.0.0") return "127.0.0.1";
  return address.host == "::" ? "::1" : address.host;
}

std::expected<Sockets, std::string> open_sockets(const config::Config& config, uint32_t workers) {
  const config::Server& server = config.server;
  std::expected<Bound, std::string> secure;
  bool udp_port_was_taken = false;
  for (int attempt = 0; attempt < kPortAttemptsMax; ++attempt) {
    secure = bind_all(server.address, workers, true, udp_port_was_taken);
    if (secure || server.address.port != 0 || !udp_port_was_taken) break;
  }
  if (!secure) return std::unexpected(secure.error());

  Bound plain;
  if (server.fallback_address) {
    auto bound = bind_all(*server.fallback_address, workers, false, udp_port_was_taken);
    if (!bound) return std::unexpected(bound.error());
    plain = std::move(*bound);
  }

  Sockets sockets;
  const auto& metrics = config.telemetry.metrics;
  const std::pair<AdminSocket&, std::optional<config::ListenAddress>> admin[] = {
      {sockets.health, config.health.address},
      {sockets.control, config.control.address},
      {sockets.metrics, metrics.enabled ? std::optional(metrics.address) : std::nullopt}};
  for (const auto& [socket, address] : admin) {
    auto opened = open_admin(address);
    if (!opened) return std::unexpected(opened.error());
    socket = std::move(*opened);
  }
  sockets.secure_port = secure->port;
  sockets.plain_port = plain.port;
  const int granted = secure->udp.front().receive_buffer_bytes();
  if (granted < kReceiveBufferBytesAdvised) {
    sockets.advice.push_back(
        fmt::format("UDP receive buffer is {} KiB; bursts of new connections may be lost: "
                    "sysctl -w net.core.rmem_max={}",
                    granted / 1024, kReceiveBufferBytesWanted));
  }
  for (uint32_t i = 0; i < workers; ++i) {
    WorkerSockets own;
    own.quic = std::move(secure->udp[i]);
    own.secure = std::move(secure->tcp[i]);
    if (!plain.tcp.empty()) own.plain = std::move(plain.tcp[i]);
    sockets.workers.push_back(std::move(own));
  }
  return sockets;
}

}  // namespace qp::server
