// How many connections clients have open on one worker, in all and by address, and how many of them are still
// in their handshake, whatever the transport. An IPv6 client has a whole /64 to choose addresses from, so
// that counts as one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/address.h"

namespace qp::conn {

class ClientLimits {
 public:
  ClientLimits(uint32_t connections_max, uint32_t connections_per_ip_max, uint32_t half_open_max = UINT32_MAX)
      : connections_max_(connections_max),
        connections_per_ip_max_(connections_per_ip_max),
        half_open_max_(half_open_max) {}

  // False: one more would be too many, and nothing was counted.
  bool enter(const Address& client);
  // Gives back what enter() of the same address took.
  void leave(const Address& client);

  // The same for a connection that begins with a handshake, until leave_half_open(); leave() comes behind it.
  bool enter_half_open(const Address& client);
  void leave_half_open() { --half_open_; }

  size_t connections() const { return connections_; }
  uint32_t half_open() const { return half_open_; }

 private:
  uint32_t connections_max_;
  uint32_t connections_per_ip_max_;
  uint32_t half_open_max_;
  uint32_t half_open_ = 0;
  size_t connections_ = 0;
  std::unordered_map<std::string, uint32_t> by_network_;  // 4 or 8 bytes of address
};

}  // namespace qp::conn
