// The manual page quic-proxy(8), in the macros of man(7).
#pragma once
#include <string>
#include <string_view>

#include "server/command_line.h"

namespace qp::server {

std::string manual(const Command& program, std::string_view version);

}  // namespace qp::server
