#include "quic_wire.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "certificates.h"
#include "network.h"
#include "server/codec_settings.h"

namespace qp::sim {

namespace {

transport::Secret random_secret(Random& random) {
  std::array<unsigned char, 16> material;
  for (unsigned char& byte : material)
    byte = static_cast<unsigned char>(random.next());
  return transport::Secret(material);
}

conn::QuicRouterOptions client_options(std::shared_ptr<const transport::TlsContext> tls) {
  config::Server defaults;
  defaults.quic.idle_timeout = std::chrono::minutes(10);  // so that the proxy's counts
  conn::QuicRouterOptions options;
  options.connections.role = codec::Role::client;
  options.connections.tls = std::move(tls);
  options.connections.quic = server::quic_settings(defaults);
  options.connections.h3 = server::h3_settings(defaults.limits);
  return options;
}

io::UdpSocket bind_any() {
  auto socket = io::UdpSocket::bind(*Address::parse("127.0.0.1", 0), {});
  if (!socket) std::abort();
  return std::move(*socket);
}

}  // namespace

QuicWire::QuicWire(Outside& outside, Party& owner, const Address& remote,
                   std::shared_ptr<const transport::TlsContext> tls)
    : outside_(outside),
      owner_(owner),
      identity_(random_secret(outside.random)),
      router_({.reactor = outside.reactor,
               .limits = limits_,
               .forwarder = nullptr,
               .identity = identity_,
               .place = {},
               .workers = 1},
              client_options(std::move(tls)), bind_any()) {
  outside.routers.push_back(&router_);
  const auto connection = router_.connect(*this, remote, Certificates::kServerName);
  if (connection) connection_ = *connection;
}

QuicWire::~QuicWire() {
  std::erase(outside_.routers, &router_);
}

void QuicWire::rebind() {
  Network& network = Network::current();
  network.rebind(network.at(router_.udp().fd()));
}

}  // namespace qp::sim
