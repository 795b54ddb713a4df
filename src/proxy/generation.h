// A snapshot as one worker uses it: with this worker's clusters, and a count of the exchanges that still need
// it. The count is the worker's own, so that no request touches an atomic.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "proxy/retry_budget.h"
#include "proxy/snapshot.h"
#include "upstream/cluster.h"

namespace qp::proxy {

struct Generation {
  Generation(std::shared_ptr<const Snapshot> wanted, upstream::Pools& pools);

  const std::shared_ptr<const Snapshot> snapshot;
  std::vector<std::unique_ptr<upstream::Cluster>> clusters;  // one for each of snapshot->routes,
  std::deque<RetryBudget> budgets;                           // and so here
  uint32_t exchanges = 0;
};

}  // namespace qp::proxy
