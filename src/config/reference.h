// docs/configuration.md, made from the schema, so that it cannot be out of date.
#pragma once
#include <string>

namespace qp::config {

/// The page in Markdown.
std::string reference();

}  // namespace qp::config
