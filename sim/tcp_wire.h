// HTTP/1.1 over TCP, with or without TLS, as a client.
#pragma once
#include <memory>

#include "conn/tcp_connection.h"
#include "outside.h"
#include "server/backend_codecs.h"
#include "wire.h"

namespace qp::sim {

class TcpWire final : public Wire, private conn::ConnectionOwner {
 public:
  // `tls` may be null.
  TcpWire(Outside& outside, Party& owner, const Address& remote,
          std::shared_ptr<const transport::TlsContext> tls);

  bool is_usable() const override { return connection_ != nullptr && connection_->is_usable(); }
  bool is_dead() const override { return connection_ == nullptr || connection_->is_dead(); }
  bool is_gone() const override { return connection_ == nullptr; }
  const char* error() const override { return connection_ != nullptr ? connection_->error().detail : "gone"; }
  http::Stream* open() override { return connection_->open(); }
  void close() override { connection_->close(); }
  void rebind() override {}

 private:
  void connection_changed(conn::Connection&) override { owner_.mark(); }
  void destroy(conn::Connection&) override {
    connection_.reset();
    owner_.mark();
  }

  Party& owner_;
  server::BackendCodecs codecs_{{}};
  conn::TcpOptions options_;
  std::unique_ptr<conn::TcpConnection> connection_;
};

}  // namespace qp::sim
