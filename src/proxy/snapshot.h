// What the operator asked for, ready to be used: immutable, made by control, shared by all workers. A request
// is served to its end by the snapshot it began with.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/filter.h"
#include "route/route_table.h"
#include "upstream/backend.h"
#include "upstream/hash_table.h"

namespace qp::proxy {

struct Route {
  std::string name;  // for logs
  std::string path;  // the pattern; empty matches every path
  config::RouteTimeouts timeouts;
  config::Retry retry;
  Filters filters;
  std::vector<size_t> backends;  // places in Config::backends
  config::LoadBalancer load_balancer;
  std::shared_ptr<const upstream::HashTable> hash_table;  // null: the algorithm doesn't hash
};

struct Snapshot {
  config::Config config;
  route::RouteTable table;  // gives places in `routes`
  std::vector<Route> routes;
  std::vector<std::shared_ptr<upstream::Backend>> backends;  // as in config.backends
  std::string alt_svc;  // the field's value for responses over TCP; empty: none
};

// `backends` are those of the configuration, in its order; `quic_port` is the one that HTTP/3 is really
// served on.
std::shared_ptr<const Snapshot> make_snapshot(config::Config config,
                                              std::vector<std::shared_ptr<upstream::Backend>> backends,
                                              uint16_t quic_port);

}  // namespace qp::proxy
