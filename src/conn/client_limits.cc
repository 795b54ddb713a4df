#include "conn/client_limits.h"

#include <cassert>

namespace qp::conn {

namespace {

std::string network_of(const Address& client) {
  const Address plain = client.unmapped();
  if (!plain.is_v6()) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(plain.raw());
    return {reinterpret_cast<const char*>(&v4->sin_addr), sizeof v4->sin_addr};
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(plain.raw());
  return {reinterpret_cast<const char*>(&v6->sin6_addr), 8};
}

}  // namespace

bool ClientLimits::enter(const Address& client) {
  if (connections_ >= connections_max_) return false;
  uint32_t& count = by_network_[network_of(client)];
  if (count >= connections_per_ip_max_)
    return false;  // it is above zero, or the limit is: no empty entry is left
  ++count;
  ++connections_;
  return true;
}

bool ClientLimits::enter_half_open(const Address& client) {
  if (half_open_ >= half_open_max_ || !enter(client)) return false;
  ++half_open_;
  return true;
}

void ClientLimits::leave(const Address& client) {
  const auto found = by_network_.find(network_of(client));
  assert(found != by_network_.end());
  if (--found->second == 0) by_network_.erase(found);
  --connections_;
}

}  // namespace qp::conn
