#include "transport/quic_mtu_guard.h"

namespace qp::transport {

void MtuGuard::check(TimePoint now, Duration probe_timeout) {
  if (is_limited_) {
    if (now < try_again_at_) return;
    is_limited_ = false;
    doubtful_since_ = kNever;
    return;
  }
  if (doubtful_since_ == kNever || now - doubtful_since_ < 3 * probe_timeout) return;
  is_limited_ = true;
  try_again_at_ = now + pause_;
  pause_ *= 2;
}

}  // namespace qp::transport
