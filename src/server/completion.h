// Scripts that complete the command line in shells.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/command_line.h"

namespace qp::server {

std::vector<std::string> shells();  // by name

// What one of them has to read: from a file of its completion folder, or by its `source`.
std::string completion(const Command& program, std::string_view shell);

}  // namespace qp::server
