// The drivers of the control center, by their names in the configuration.
#pragma once
#include <memory>

#include "admin/driver.h"
#include "config/config.h"
#include "conn/reactor.h"
#include "upstream/pools.h"
#include "upstream/resolver.h"

namespace qp::server {

// Control's, which outlive the driver.
struct DriverParts {
  conn::Reactor& reactor;
  upstream::Pools& pools;
  upstream::Resolver& resolver;
};

std::unique_ptr<admin::Driver> make_driver(const DriverParts& parts, const config::Control& wanted);

}  // namespace qp::server
