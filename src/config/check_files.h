// The files that a configuration names: are they there, and do they hold what is needed?
#pragma once
#include "base/clock.h"
#include "config/complaint.h"
#include "config/config.h"

namespace qp::config {

Complaints check_files(const Config& config, const Marks& marks, WallTime now);

}  // namespace qp::config
