// A backend: the proxy's own TCP front and HTTP/1.1 codec with an application behind them that has its moods.
#pragma once
#include <memory>

#include "base/slab.h"
#include "conn/client_limits.h"
#include "http/stream.h"
#include "ledger.h"
#include "outside.h"
#include "server/tcp_front.h"

namespace qp::sim {

class Serving;

class Backend final : public http::StreamAcceptor {
 public:
  Backend(Outside& outside, Ledger& ledger, const Address& address);
  ~Backend();

  void accept(http::Stream& stream) override;
  size_t live() const { return front_.live(); }
  // It goes down: nobody listens, and who is connected is thrown out.
  void stop();

 private:
  friend class Serving;

  Outside& outside_;
  Ledger& ledger_;
  conn::ClientLimits limits_{1000, 1000};
  server::TcpFront front_;
  Slab<Serving> servings_;
};

}  // namespace qp::sim
