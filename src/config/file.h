// Small files, read whole: configurations, certificates, secrets.
#pragma once
#include <string>

#include "config/units.h"

namespace qp::config {

/// The file's bytes, or why they cannot be had: `cannot read "x": No such file or directory`. At most 4 MiB.
Parsed<std::string> read_file(const std::string& path);

/// The same from a stream, which messages call `name`.
Parsed<std::string> read_stream(std::istream& stream, const std::string& name);

}  // namespace qp::config
