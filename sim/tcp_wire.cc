#include "tcp_wire.h"

#include <utility>

#include "certificates.h"

namespace qp::sim {

TcpWire::TcpWire(Outside& outside, Party& owner, const Address& remote,
                 std::shared_ptr<const transport::TlsContext> tls)
    : owner_(owner) {
  options_.tls = std::move(tls);
  options_.server_name = Certificates::kServerName;
  options_.role = codec::Role::client;
  options_.codecs = &codecs_;
  options_.handshake_timeout = std::chrono::seconds(20);
  options_.idle_timeout = std::chrono::hours(1);
  options_.write_timeout = std::chrono::hours(1);
  const TimePoint deadline = outside.now() + std::chrono::seconds(20);
  conn::ConnectionOwner& self = *this;
  connection_ = std::make_unique<conn::TcpConnection>(outside.reactor, self, options_, remote, deadline);
}

}  // namespace qp::sim
