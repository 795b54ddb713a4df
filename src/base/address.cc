#include "base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>

namespace qp {

namespace {

constexpr size_t kMappedPrefix = 12;  // ::ffff:0:0/96 is what precedes a v4-mapped address

uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
  return value ^ (value >> 32);
}

uint64_t load64(const unsigned char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

Address::Address(const sockaddr* address, socklen_t size) {
  std::memcpy(&storage_, address, std::min<size_t>(size, kSizeMax));
}

Result<Address> Address::parse(std::string_view ip, uint16_t port) {
  Address address;
  if (ip.empty()) {
    address.storage_.v6.sin6_family = AF_INET6;  // all zero is the wildcard
    address.set_port(port);
    return address;
  }
  char text[INET6_ADDRSTRLEN] = {};
  if (ip.size() >= sizeof text) return fail(ErrorCode::malformed, Origin::self, "not an IP address");
  ip.copy(text, ip.size());
  if (ip.find('\0') != ip.npos) return fail(ErrorCode::malformed, Origin::self, "not an IP address");

  if (inet_pton(AF_INET, text, &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &address.storage_.v6.sin6_addr) == 1) {
    address.storage_.v6.sin6_family = AF_INET6;
  } else {
    return fail(ErrorCode::malformed, Origin::self, "not an IP address");
  }
  address.set_port(port);
  return address;
}

socklen_t Address::size() const {
  if (!is_set()) return 0;
  return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

uint16_t Address::port() const {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return ntohs(storage_.v6.sin6_port);
}

void Address::set_port(uint16_t port) {
  storage_.v6.sin6_port = htons(port);
}

std::string Address::ip_text() const {
  if (!is_set()) return "";
  char text[INET6_ADDRSTRLEN] = {};
  const Address plain = unmapped();
  const void* ip = plain.is_v6() ? static_cast<const void*>(&plain.storage_.v6.sin6_addr)
                                 : static_cast<const void*>(&plain.storage_.v4.sin_addr);
  inet_ntop(plain.storage_.base.sa_family, ip, text, sizeof text);
  return text;
}

std::string Address::text() const {
  if (!is_set()) return "";
  std::string ip = ip_text();
  if (ip.find(':') != ip.npos) ip = "[" + ip + "]";
  return ip + ":" + std::to_string(port());
}

Address Address::unmapped() const {
  if (!is_v6() || !IN6_IS_ADDR_V4MAPPED(&storage_.v6.sin6_addr)) return *this;
  Address plain;
  plain.storage_.v4.sin_family = AF_INET;
  plain.storage_.v4.sin_port = storage_.v6.sin6_port;
  std::memcpy(&plain.storage_.v4.sin_addr, storage_.v6.sin6_addr.s6_addr + kMappedPrefix, sizeof(in_addr));
  return plain;
}

bool operator==(const Address& a, const Address& b) {
  if (a.storage_.base.sa_family != b.storage_.base.sa_family || a.port() != b.port()) return false;
  if (!a.is_v6()) return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
  return std::memcmp(&a.storage_.v6.sin6_addr, &b.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0 &&
         a.storage_.v6.sin6_scope_id == b.storage_.v6.sin6_scope_id;
}

size_t AddressHash::operator()(const Address& address) const {
  const uint64_t port = address.port();
  if (!address.is_v6()) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.raw());
    return mixed((uint64_t{v4->sin_addr.s_addr} << 16) | port);
  }
  const unsigned char* ip = reinterpret_cast<const sockaddr_in6*>(address.raw())->sin6_addr.s6_addr;
  return mixed(load64(ip) ^ mixed(load64(ip + 8) + port));
}

}  // namespace qp
