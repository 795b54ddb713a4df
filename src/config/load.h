// YAML -> Config, or another structure that a schema describes, with the place of every value.
#pragma once
#include "config/complaint.h"
#include "config/config.h"
#include "config/environment.h"
#include "config/schema.h"

namespace qp::config {

/// What was noticed while a text was read. It is good when there are no complaints.
struct Reading {
  Marks marks;
  Complaints complaints;
};

/// Reads the text's one document into what the section shows.
Reading load(const Source& source, const Environment& environment, const Section& section);

struct Loaded : Reading {
  Config config;
};

/// Reads each value by itself: syntax, units and ranges, unknown, missing and repeated keys. What only
/// several values together can tell is left to validate(). Values that are complained about keep their
/// defaults.
Loaded load(const Source& source, const Environment& environment);

}  // namespace qp::config
