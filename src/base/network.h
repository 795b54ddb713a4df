// A range of IP addresses in CIDR form. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2), so that one
// comparison serves both families.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "base/address.h"

namespace qp {

struct Network {
  std::array<std::uint8_t, 16> address{};
  std::uint8_t prefix_bits = 128;

  bool contains(std::span<const std::uint8_t, 16> other) const;
  bool contains(const Address& other) const;
  bool operator==(const Network&) const = default;
};

// The sixteen bytes that networks compare: v4 as v4-mapped v6, zero where the address is not set.
std::array<std::uint8_t, 16> mapped_bytes(const Address& address);

}  // namespace qp
