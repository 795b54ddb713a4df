// A backend: the proxy's own TCP front and HTTP/1.1 codec with an application behind them that has its moods.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "base/slab.h"
#include "checkup.h"
#include "condition.h"
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
  size_t live() const;
  // From now on it is like this.
  void suffer(Condition condition);
  Condition condition() const { return condition_; }
  // Since when it would have failed every check, if it would now.
  std::optional<TimePoint> fails_checks_since(config::HealthCheckType type) const;

 private:
  friend class Checkup;
  friend class Serving;

  void start();
  void stop();

  Outside& outside_;
  Ledger& ledger_;
  const Address address_;
  Condition condition_ = Condition::well;
  TimePoint condition_since_{};
  conn::ClientLimits limits_{1000, 1000};
  std::vector<std::unique_ptr<server::TcpFront>> fronts_;  // the last one listens, unless it is down
  Slab<Serving> servings_;
  Slab<Checkup> checkups_;
};

}  // namespace qp::sim
