// An IP address and port, v4 or v6. Text and bytes are converted here and nowhere else.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qp {

class Address {
 public:
  Address() = default;
  Address(const sockaddr* address, socklen_t size);

  // "127.0.0.1", "::1" or "" (the IPv6 wildcard, which takes IPv4 as well). Names are the resolver's
  // business.
  static Result<Address> parse(std::string_view ip, uint16_t port);

  const sockaddr* raw() const { return &storage_.base; }
  sockaddr* raw() { return &storage_.base; }
  socklen_t size() const;
  static constexpr socklen_t kSizeMax = sizeof(sockaddr_in6);

  bool is_v6() const { return storage_.base.sa_family == AF_INET6; }
  bool is_set() const { return storage_.base.sa_family != AF_UNSPEC; }
  uint16_t port() const;
  void set_port(uint16_t port);
  std::string ip_text() const;  // a v4-mapped v6 address reads as v4
  std::string text() const;     // "1.2.3.4:80", "[::1]:80"

  // The same with a v4-mapped v6 address turned into v4: what logs, limits and access rules compare.
  Address unmapped() const;

  friend bool operator==(const Address& a, const Address& b);

 private:
  union {
    sockaddr base;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_ = {.v6 = {}};
};

struct AddressHash {  // of the IP address and port
  size_t operator()(const Address& address) const;
};

}  // namespace qp
