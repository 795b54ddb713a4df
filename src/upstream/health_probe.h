// One check of one backend: it connects, asks, and judges the answer. Each check has a new connection,
// because an old one may outlive the socket that listens. An answer that breaks off is none.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "upstream/call.h"
#include "upstream/pool.h"

namespace qp::upstream {

class HealthProbe final {
 public:
  struct Result {
    bool has_passed = false;
    uint16_t status = 0;      // of the response; 0: there was none
    const char* reason = "";  // of a failure; static text
  };

  // All of them outlive the probe.
  HealthProbe(CallOwner& owner, Pool& pool, conn::Reactor& reactor)
      : pool_(pool), call_(owner, pool, reactor) {}

  void begin(TimePoint deadline);  // nothing is under way
  bool is_under_way() const { return call_.is_under_way(); }
  TimePoint deadline() const { return call_.deadline(); }
  // The result, once; the probe is over then.
  std::optional<Result> advance();

 private:
  Pool& pool_;
  Call call_;
};

}  // namespace qp::upstream
