// The drivers of the control center, by their names in the configuration.
#pragma once
#include <memory>

#include "admin/driver.h"
#include "config/config.h"

namespace qp::server {

std::unique_ptr<admin::Driver> make_driver(config::Driver wanted);

}  // namespace qp::server
