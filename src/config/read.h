// From a file's name to a checked configuration: what main() and a reload call.
#pragma once
#include <string>

#include "base/clock.h"
#include "config/load.h"
#include "config/units.h"

namespace qp::config {

/// The text of a file, or of standard input for "-"; or why it cannot be had.
Parsed<Source> read_source(const std::string& path);

/// load(), validate() and check_files(): all complaints at once, in the order of the file. A value that was
/// complained about is not complained about again.
Loaded read(const Source& source, const Environment& environment, WallTime now);

}  // namespace qp::config
