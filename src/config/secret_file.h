// Files that hold nothing but a secret.
#pragma once
#include <array>
#include <string>

#include "config/units.h"

namespace qp::config {

/// The bytes of server.secret_file and its like: at least 32.
Parsed<std::string> read_secret(const std::string& path);

/// The key that is shared with a load balancer: 32 hexadecimal digits, blanks around them don't matter.
Parsed<std::array<unsigned char, 16>> read_balancer_key(const std::string& path);

}  // namespace qp::config
