// What machines ask to know whether this process is well:
//
//   /health    how many backends are (upstream/health_summary.h)
//   /healthz   the process is alive: 200 as long as anybody answers
//   /readyz    it takes requests: 503 while it drains
#pragma once
#include <functional>

#include "admin/resources.h"
#include "upstream/health_summary.h"

namespace qp::admin {

// Asked when a request comes; outlives the resources' use.
struct HealthSources {
  std::function<upstream::HealthSummary()> summary;
  std::function<bool()> is_ready;
  std::function<WallTime()> now;
};

void add_health_pages(Resources& resources, HealthSources sources);

}  // namespace qp::admin
