// The libraries under this room, as they are at run time.
#pragma once
#include <string>

namespace qp::codec {

std::string h3_library();  // "nghttp3 1.15.0"

}  // namespace qp::codec
