// docs/configuration.md and the end of docs/drills.md, made from the schema, so that they cannot be out of
// date.
#pragma once
#include <string>

namespace qp::config {

/// The page in Markdown.
std::string reference();

/// The keys of a drill, in Markdown.
std::string drill_reference();

}  // namespace qp::config
