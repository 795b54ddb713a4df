// What an error number of a system call means to us.
#pragma once
#include "base/result.h"

namespace qp::io {

// `detail` says what was tried. The caller knows whose socket it is and blames accordingly; here it is ours.
std::unexpected<Error> system_failure(int error_number, const char* detail);

}  // namespace qp::io
