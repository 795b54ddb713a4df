// The libraries under this room, as they are at run time.
#pragma once
#include <string>

namespace qp::transport {

std::string quic_libraries();  // "OpenSSL 3.5.7, ngtcp2 1.22.1"

}  // namespace qp::transport
