// YAML -> Config, with the place of every value.
#pragma once
#include "config/complaint.h"
#include "config/config.h"
#include "config/environment.h"

namespace qp::config {

/// A configuration is good when there are no complaints about it.
struct Loaded {
  Config config;
  Marks marks;
  Complaints complaints;
};

/// Reads each value by itself: syntax, units and ranges, unknown, missing and repeated keys. What only
/// several values together can tell is left to validate(). Values that are complained about keep their
/// defaults.
Loaded load(const Source& source, const Environment& environment);

}  // namespace qp::config
