// What the operator wants done with the requests that match a route. Immutable; part of the snapshot.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/filter.h"
#include "route/route_table.h"

namespace qp::proxy {

struct Route {
  std::string name;  // for logs
  config::RouteTimeouts timeouts;
  Filters filters;
  std::vector<size_t> backends;  // places in Config::backends
  config::LoadBalancer load_balancer;
};

// The routes of a configuration in their order; where it has none, one that sends everything to all backends.
// The same places are what make_route_table's table finds. Each route has a cluster of its own.
std::vector<Route> make_routes(const config::Config& config);
route::RouteTable make_route_table(const config::Config& config);

}  // namespace qp::proxy
