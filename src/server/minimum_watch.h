// Says in the log when so few backends of a route may be chosen that unhealthy ones are used too
// (load_balancer.minimum_healthy), and when that is over. Control's.
#pragma once
#include <set>
#include <string>

#include "base/log.h"
#include "proxy/snapshot.h"

namespace qp::server {

class MinimumWatch {
 public:
  explicit MinimumWatch(Log& log) : log_(log) {}  // outlives it

  // After each change of a backend's standing, and of the snapshot.
  void look(const proxy::Snapshot& snapshot);

 private:
  Log& log_;
  std::set<std::string> below_;  // names of routes
};

}  // namespace qp::server
