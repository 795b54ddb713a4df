#include "proxy/generation.h"

#include <utility>

namespace qp::proxy {

Generation::Generation(std::shared_ptr<const Snapshot> wanted, upstream::Pools& pools)
    : snapshot(std::move(wanted)) {
  for (const Route& route : snapshot->routes) {
    upstream::ClusterConfig cluster;
    cluster.name = route.name;
    cluster.load_balancer = route.load_balancer;
    cluster.hash_table = route.hash_table;
    for (size_t place : route.backends)
      cluster.backends.push_back(snapshot->backends[place]);
    clusters.push_back(std::make_unique<upstream::Cluster>(cluster, pools));
    budgets.emplace_back(route.retry.budget, route.retry.budget_requests_min,
                         route.retry.budget_saved_requests_max);
  }
}

}  // namespace qp::proxy
