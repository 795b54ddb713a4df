// How the backends are doing, all together: what the pages called /health say, on whichever listener.
//
//   {"status":"degraded","healthy_backends":2,"total_backends":3,"timestamp":"2025-11-02T12:00:00Z"}
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "upstream/backend.h"

namespace qp::upstream {

struct HealthSummary {
  size_t healthy_backends = 0;  // those that take requests now
  size_t total_backends = 0;

  std::string_view status() const;  // healthy: all of them; degraded: some; unhealthy: none
  uint16_t http_status() const { return healthy_backends > 0 ? 200 : 503; }
  std::string to_json(WallTime now) const;
};

// May be asked by any thread.
HealthSummary summarise(std::span<const std::shared_ptr<Backend>> backends);

}  // namespace qp::upstream
