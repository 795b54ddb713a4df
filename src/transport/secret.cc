#include "transport/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cassert>
#include <cstdlib>

namespace qp::transport {
namespace {

enum class Step : int { extract = EVP_KDF_HKDF_MODE_EXTRACT_ONLY, expand = EVP_KDF_HKDF_MODE_EXPAND_ONLY };

// HKDF with SHA-256. `text` is the salt of an extraction and the info of an expansion.
void hkdf(Step step, Bytes key, std::string_view text, std::span<unsigned char> out) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* state = EVP_KDF_CTX_new(kdf);
  EVP_KDF_free(kdf);
  int mode = static_cast<int>(step);
  char digest[] = "SHA256";
  const char* purpose = step == Step::extract ? OSSL_KDF_PARAM_SALT : OSSL_KDF_PARAM_INFO;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<unsigned char*>(key.data()),
                                        key.size()),
      OSSL_PARAM_construct_octet_string(purpose, const_cast<char*>(text.data()), text.size()),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_KDF_derive(state, out.data(), out.size(), params) != 1) std::abort();
  EVP_KDF_CTX_free(state);
}

evp_cipher_ctx_st* single_blocks(const BlockCipher::Block& key, int encrypting) {
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  if (EVP_CipherInit_ex2(cipher, EVP_aes_128_ecb(), key.data(), nullptr, encrypting, nullptr) != 1)
    std::abort();
  EVP_CIPHER_CTX_set_padding(cipher, 0);
  return cipher;
}

void transform(evp_cipher_ctx_st* cipher, BlockCipher::Block& block) {
  int size = 0;
  const bool done = EVP_CipherUpdate(cipher, block.data(), &size, block.data(), BlockCipher::kBytes) == 1;
  if (!done || size != BlockCipher::kBytes) std::abort();
}

}  // namespace

void fill_random(std::span<unsigned char> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

Secret Secret::random() {
  std::array<unsigned char, kBytes> material;
  fill_random(material);
  return Secret(material);
}

Secret::Secret(Bytes material) {
  // OpenSSL refuses an empty key; an empty secret is refused where it is configured, and here it is a zero.
  constexpr unsigned char kNothing[1] = {};
  hkdf(Step::extract, material.empty() ? Bytes(kNothing) : material, "quic-proxy master secret", key_);
}

void Secret::derive(std::string_view name, std::span<unsigned char> out) const {
  hkdf(Step::expand, key_, name, out);
}

Secrets::Secrets(Secret current, std::span<const Secret> former) : Secrets(std::move(current)) {
  assert(former.size() < kCountMax);
  all_.insert(all_.end(), former.begin(), former.end());
}

BlockCipher::BlockCipher(const Block& key)
    : encrypting_(single_blocks(key, 1)), decrypting_(single_blocks(key, 0)) {}

BlockCipher::~BlockCipher() {
  EVP_CIPHER_CTX_free(encrypting_);
  EVP_CIPHER_CTX_free(decrypting_);
}

void BlockCipher::encrypt(Block& block) {
  transform(encrypting_, block);
}
void BlockCipher::decrypt(Block& block) {
  transform(decrypting_, block);
}

}  // namespace qp::transport
