// The routes' part of validate().
#pragma once
#include "config/complaint.h"
#include "config/config.h"

namespace qp::config {

void validate_routes(const Config& config, const Marks& marks, Complaints& out);

}  // namespace qp::config
