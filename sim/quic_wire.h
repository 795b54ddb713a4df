// HTTP/3, as a client: a UDP socket of its own with one connection on it.
#pragma once
#include <memory>

#include "conn/client_limits.h"
#include "conn/quic_router.h"
#include "outside.h"
#include "transport/secret.h"
#include "wire.h"

namespace qp::sim {

class QuicWire final : public Wire, private conn::ConnectionOwner {
 public:
  QuicWire(Outside& outside, Party& owner, const Address& remote,
           std::shared_ptr<const transport::TlsContext> tls);
  ~QuicWire() override;

  bool is_usable() const override { return connection_ != nullptr && connection_->is_usable(); }
  bool is_dead() const override { return connection_ == nullptr || connection_->is_ended(); }
  bool is_gone() const override { return connection_ == nullptr; }
  const char* error() const override { return connection_ != nullptr ? connection_->error().detail : "gone"; }
  http::Stream* open() override { return connection_->open(); }
  void close() override { connection_->close(); }
  void rebind() override;

 private:
  void connection_changed(conn::Connection&) override { owner_.mark(); }
  void destroy(conn::Connection&) override {
    connection_ = nullptr;
    owner_.mark();
  }

  Outside& outside_;
  Party& owner_;
  conn::ClientLimits limits_{1000, 1000};
  conn::QuicIdentity identity_;
  conn::QuicRouter router_;
  conn::QuicConnection* connection_ = nullptr;
};

}  // namespace qp::sim
