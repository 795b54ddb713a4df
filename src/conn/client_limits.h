// How many connections clients have open on one worker, in all and by address, whatever the transport. An
// IPv6 client has a whole /64 to choose addresses from, so that counts as one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/address.h"

namespace qp::conn {

class ClientLimits {
 public:
  ClientLimits(uint32_t connections_max, uint32_t connections_per_ip_max)
      : connections_max_(connections_max), connections_per_ip_max_(connections_per_ip_max) {}

  // False: one more would be too many, and nothing was counted.
  bool enter(const Address& client);
  // Gives back what enter() of the same address took.
  void leave(const Address& client);

  size_t connections() const { return connections_; }

 private:
  uint32_t connections_max_;
  uint32_t connections_per_ip_max_;
  size_t connections_ = 0;
  std::unordered_map<std::string, uint32_t> by_network_;  // 4 or 8 bytes of address
};

}  // namespace qp::conn
