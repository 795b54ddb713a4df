// Secure random bytes, and the named keys that are derived from one master secret: tickets, tokens, resets
// and connection IDs get a key each, so that none of them tells anything about another.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/bytes.h"

struct evp_cipher_ctx_st;

namespace qp::transport {

// From the operating system's generator by way of the TLS library. Aborts if there is none: nothing is safe
// then.
void fill_random(std::span<unsigned char> out);

// Immutable; may be copied to every thread.
class Secret {
 public:
  static constexpr size_t kBytes = 32;

  static Secret random();
  // From configured text of any length and kind (RFC 5869, extract); the strength is that of the text.
  explicit Secret(Bytes material);

  // Fills `out` with the key of that name (RFC 5869, expand). The same secret and name give the same key
  // always.
  void derive(std::string_view name, std::span<unsigned char> out) const;
  template <size_t kSize>
  std::array<unsigned char, kSize> derive(std::string_view name) const {
    std::array<unsigned char, kSize> key;
    derive(name, key);
    return key;
  }

 private:
  std::array<unsigned char, kBytes> key_;
};

// The secret in use, and those before it: what was made with one of them is still honoured, so that a secret
// can be changed at many instances one after the other.
class Secrets {
 public:
  static constexpr size_t kCountMax = 4;

  // One secret will do wherever several may be given.
  Secrets(Secret current) : all_{std::move(current)} {}  // NOLINT(google-explicit-constructor)
  Secrets(Secret current, std::span<const Secret> former);

  const Secret& current() const { return all_.front(); }
  std::span<const Secret> all() const { return all_; }  // the current one first

 private:
  std::vector<Secret> all_;
};

// AES-128 on single blocks: a permutation of 16 bytes, as connection IDs need it. Belongs to one thread.
class BlockCipher {
 public:
  static constexpr size_t kBytes = 16;
  using Block = std::array<unsigned char, kBytes>;

  explicit BlockCipher(const Block& key);
  BlockCipher(const BlockCipher&) = delete;
  BlockCipher& operator=(const BlockCipher&) = delete;
  ~BlockCipher();

  void encrypt(Block& block);
  void decrypt(Block& block);

 private:
  evp_cipher_ctx_st* encrypting_;
  evp_cipher_ctx_st* decrypting_;
};

}  // namespace qp::transport
