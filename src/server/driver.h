// The drivers of the control center, by their names in the configuration.
#pragma once
#include <functional>
#include <memory>

#include "admin/activity.h"
#include "admin/driver.h"
#include "base/log.h"
#include "config/config.h"
#include "conn/reactor.h"
#include "upstream/pools.h"
#include "upstream/resolver.h"

namespace qp::server {

// Control's, which outlives the driver.
struct DriverParts {
  conn::Reactor& reactor;
  upstream::Pools& pools;
  upstream::Resolver& resolver;
  Log& log;
  std::function<void(admin::ActivityEntry)> note;  // something happened that is to be seen
};

std::unique_ptr<admin::Driver> make_driver(const DriverParts& parts, const config::Control& wanted);

}  // namespace qp::server
