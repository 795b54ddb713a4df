#include "codec/h1_refusal.h"

namespace qp::codec::h1 {

Error error_of(const Refusal& refusal, Origin origin) {
  switch (refusal.status) {
    case 408: return {ErrorCode::timed_out, origin, refusal.detail};
    case 414:
    case 431: return {ErrorCode::too_large, origin, refusal.detail};
    case 501:
    case 505: return {ErrorCode::unsupported, origin, refusal.detail};
    default: return {ErrorCode::malformed, origin, refusal.detail};
  }
}

}  // namespace qp::codec::h1
