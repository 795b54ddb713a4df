#include "server/minimum_watch.h"

#include <algorithm>
#include <utility>

#include "upstream/cluster.h"

namespace qp::server {

void MinimumWatch::look(const proxy::Snapshot& snapshot) {
  const std::set<std::string> were_below = std::exchange(below_, {});
  for (const proxy::Route& route : snapshot.routes) {
    const auto healthy = static_cast<size_t>(std::ranges::count_if(
        route.backends, [&](size_t place) { return snapshot.backends[place]->may_be_chosen(); }));
    const size_t minimum = upstream::members_of(route.load_balancer.minimum_healthy, route.backends.size());
    const bool was_below = were_below.contains(route.name);
    if (healthy < minimum) {
      below_.insert(route.name);
      if (was_below) continue;
      log_.warn("Too few healthy backends, unhealthy ones are used too")
          .field("route", route.name)
          .field("healthy", healthy)
          .field("minimum", minimum);
    } else if (was_below) {
      log_.info("Enough healthy backends again").field("route", route.name).field("healthy", healthy);
    }
  }
}

}  // namespace qp::server
