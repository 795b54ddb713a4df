// What a process that serves can't change any more: its sockets, and what was made of them once.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"

namespace qp::config {

/// Gives `fresh` the values of `running` where only a restart can change them. The keys that asked for
/// something else, for the log.
std::vector<std::string> keep_fixed(Config& fresh, const Config& running);

}  // namespace qp::config
