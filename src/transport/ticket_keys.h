// The keys that seal TLS session tickets (RFC 5077 §4, RFC 8446 §4.6.1): AES-256-CBC and HMAC-SHA-256, a pair
// for each secret, told apart by their name. Tickets are made under the current secret; one that was made
// under a former secret still opens, and its client gets a new one.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "transport/secret.h"

struct ssl_ctx_st;
struct ssl_st;
struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace qp::transport {

// Immutable, used by all threads; outlives the contexts it is installed in.
class TicketKeys {
 public:
  explicit TicketKeys(const Secrets& secrets);

  void install(ssl_ctx_st* ctx) const;

 private:
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> mac;
    std::array<unsigned char, 32> cipher;
  };
  struct Callbacks;

  const Key* find(std::span<const unsigned char> name) const;

  std::vector<Key> keys_;  // the current one first
};

}  // namespace qp::transport
