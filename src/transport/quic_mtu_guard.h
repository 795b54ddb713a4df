// Notices that a path swallows large datagrams which it used to carry (RFC 8899 §4.3), which path MTU
// discovery, once done, does not look for. Then it asks for the least datagram that QUIC knows, and tries
// large ones again later.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace qp::transport {

class MtuGuard {
 public:
  static constexpr size_t kLeastBytes = 1200;  // every QUIC path carries that (RFC 9000 §14)

  // That many bytes of a stream left in one packet, or were acknowledged at once. More than the least
  // datagram can hold means that the packet was large; its acknowledgement proves that such packets get
  // through.
  void sent(uint64_t stream_bytes, TimePoint now) {
    if (stream_bytes > kLeastBytes && doubtful_since_ == kNever) doubtful_since_ = now;
  }
  void acked(uint64_t stream_bytes) {
    if (stream_bytes > kLeastBytes) doubtful_since_ = kNever;
  }
  // Called when a timer of the session comes up. Large datagrams that nobody has acknowledged for three probe
  // timeouts are gone.
  void check(TimePoint now, Duration probe_timeout);
  void path_changed() { *this = {}; }

  // Datagrams should not be larger than that.
  size_t limit() const { return is_limited_ ? kLeastBytes : SIZE_MAX; }
  bool is_limited() const { return is_limited_; }

 private:
  bool is_limited_ = false;
  TimePoint doubtful_since_ = kNever;  // the first large datagram of which nothing has been heard
  TimePoint try_again_at_ = kNever;
  Duration pause_ = std::chrono::seconds(30);  // until large ones are tried again; doubles each time
};

}  // namespace qp::transport
