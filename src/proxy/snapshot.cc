#include "proxy/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace qp::proxy {

namespace {

// Without routes of its own, a configuration means one: everything, to all backends.
std::vector<config::Route> all_routes(const config::Config& config) {
  if (!config.routes.empty()) return config.routes;
  config::Route everything;
  everything.name = "default";
  everything.load_balancer = config.load_balancer;
  everything.retry = config.retry;
  everything.timeouts = static_cast<const config::RouteTimeouts&>(config.server.timeouts);
  return {std::move(everything)};
}

std::vector<size_t> places_of(const std::vector<std::string>& names, const config::Config& config) {
  std::vector<size_t> places;
  for (size_t i = 0; i < config.backends.size(); ++i) {
    if (names.empty() || std::ranges::find(names, config.backends[i].name) != names.end())
      places.push_back(i);
  }
  return places;
}

std::shared_ptr<const upstream::HashTable> hash_table_of(const config::Route& route,
                                                         const std::vector<size_t>& places,
                                                         const config::Config& config) {
  std::vector<upstream::Hashed> backends;
  for (const size_t place : places)
    backends.push_back({.name = config.backends[place].name, .weight = config.backends[place].weight});
  return upstream::make_hash_table(route.load_balancer.algorithm, backends);
}

std::string alt_svc_value(const config::AltSvc& alt_svc, uint16_t quic_port) {
  if (!alt_svc.enabled) return {};
  const uint16_t port = alt_svc.advertised_port != 0 ? alt_svc.advertised_port : quic_port;
  const auto max_age = std::chrono::duration_cast<std::chrono::seconds>(alt_svc.max_age).count();
  return fmt::format("h3=\":{}\"; ma={}", port, max_age);
}

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(config::Config config,
                                              std::vector<std::shared_ptr<upstream::Backend>> backends,
                                              uint16_t quic_port) {
  std::vector<route::Match> matches;
  std::vector<Route> routes;
  for (const config::Route& route : all_routes(config)) {
    matches.push_back({route.match.host, route.match.path, route.match.methods});
    std::vector<size_t> places = places_of(route.backends, config);
    auto hash_table = hash_table_of(route, places, config);
    routes.push_back({route.name, route.match.path, route.timeouts, route.retry, make_filters(route),
                      std::move(places), route.load_balancer, std::move(hash_table)});
  }
  auto alt_svc = alt_svc_value(config.server.alt_svc, quic_port);
  return std::make_shared<const Snapshot>(std::move(config), route::RouteTable(matches), std::move(routes),
                                          std::move(backends), std::move(alt_svc));
}

}  // namespace qp::proxy
