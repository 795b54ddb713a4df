// What only several values of a load_balancer together can tell.
#pragma once
#include "config/complaint.h"
#include "config/config.h"

namespace qp::config {

void validate_balancers(const Config& config, const Marks& marks, Complaints& out);

}  // namespace qp::config
