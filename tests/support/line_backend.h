// A backend on loopback that speaks LineCodec, driven by the turns of a ReactorWorld.
#pragma once
#include <memory>
#include <vector>

#include "conn/tcp_connection.h"
#include "support/line_codec.h"
#include "support/reactor_world.h"

namespace qp::test {

class LineBackend final : public conn::ConnectionOwner {
 public:
  explicit LineBackend(ReactorWorld& world, std::string_view ip = "127.0.0.1", uint16_t port = 0)
      : world_(world) {
    options_.codecs = &codecs_;
    listener_ = *io::listen_tcp(*Address::parse(ip, port), {});
    address_ = *io::local_address(listener_.get());
  }
  ~LineBackend() {
    close_connections();
    conn::reap_dead(world_.reactor);
  }

  // Once a turn.
  void accept() {
    while (listener_.is_open()) {
      Result<io::Accepted> accepted = io::accept_tcp(listener_.get());
      if (!accepted) return;
      ++accepted_;
      connections_.push_back(
          std::make_unique<conn::TcpConnection>(world_.reactor, *this, options_, std::move(*accepted)));
    }
  }
  void stop_listening() { listener_ = {}; }
  void close_connections() {
    for (const auto& connection : connections_)
      connection->close();
  }

  LineSettings& settings() { return codecs_.settings; }
  LineCodecs& codecs() { return codecs_; }
  conn::TcpOptions& options() { return options_; }
  const Address& address() const { return address_; }
  uint16_t port() const { return address_.port(); }
  size_t accepted() const { return accepted_; }
  size_t live() const { return connections_.size(); }

 private:
  void connection_changed(conn::Connection& /*connection*/) override {}
  void destroy(conn::Connection& connection) override {
    std::erase_if(connections_, [&](const auto& one) { return one.get() == &connection; });
  }

  ReactorWorld& world_;
  LineCodecs codecs_;
  conn::TcpOptions options_;
  io::Fd listener_;
  Address address_;
  size_t accepted_ = 0;
  std::vector<std::unique_ptr<conn::TcpConnection>> connections_;
};

}  // namespace qp::test
