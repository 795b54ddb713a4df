// Addresses and times in ngtcp2's words.
#pragma once
#include <ngtcp2/ngtcp2.h>

#include "base/address.h"
#include "base/clock.h"

namespace qp::transport {

// A path that borrows both addresses.
inline ngtcp2_path path_of(const Address& local, const Address& remote) {
  return {.local = {.addr = const_cast<sockaddr*>(local.raw()), .addrlen = local.size()},
          .remote = {.addr = const_cast<sockaddr*>(remote.raw()), .addrlen = remote.size()},
          .user_data = nullptr};
}

inline Address address_of(const ngtcp2_addr& address) {
  return {address.addr, address.addrlen};
}

inline ngtcp2_tstamp timestamp_of(TimePoint time) {
  return static_cast<ngtcp2_tstamp>(time.time_since_epoch().count());
}

inline TimePoint time_of(ngtcp2_tstamp timestamp) {
  return timestamp == UINT64_MAX ? kNever : TimePoint(Duration(static_cast<Duration::rep>(timestamp)));
}

inline ngtcp2_duration duration_of(Duration duration) {
  return static_cast<ngtcp2_duration>(duration.count());
}

}  // namespace qp::transport
