// What only several values together can tell: names that do not meet, bounds that contradict, addresses that
// collide.
#pragma once
#include "config/complaint.h"
#include "config/config.h"

namespace qp::config {

/// Looks at nothing but its arguments; files are the matter of check_files().
Complaints validate(const Config& config, const Marks& marks);

}  // namespace qp::config
