#include "base/network.h"

#include <cstring>

namespace qp {

std::array<std::uint8_t, 16> mapped_bytes(const Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.is_v6()) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address.raw())->sin6_addr, 16);
  } else if (address.is_set()) {
    bytes[10] = bytes[11] = 0xFF;
    std::memcpy(&bytes[12], &reinterpret_cast<const sockaddr_in*>(address.raw())->sin_addr, 4);
  }
  return bytes;
}

bool Network::contains(std::span<const std::uint8_t, 16> other) const {
  const unsigned whole = prefix_bits / 8U;
  const unsigned rest = prefix_bits % 8U;
  for (unsigned i = 0; i < whole; ++i) {
    if (address[i] != other[i]) return false;
  }
  if (rest == 0) return true;
  const unsigned mask = 0xFFU & (0xFFU << (8U - rest));
  return (address[whole] & mask) == (other[whole] & mask);
}

bool Network::contains(const Address& other) const {
  return other.is_set() && contains(mapped_bytes(other));
}

}  // namespace qp
