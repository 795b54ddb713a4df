// The functions that ngtcp2 calls while it reads or writes a packet of a QuicEngine.
#pragma once
#include <ngtcp2/ngtcp2.h>

namespace qp::transport {

extern const ngtcp2_callbacks kQuicCallbacks;

}  // namespace qp::transport
