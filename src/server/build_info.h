// What this binary is, what it was built from, and what the kernel under it can do: the text of -V.
#pragma once
#include <string>

namespace qp::server {

std::string build_info();

}  // namespace qp::server
