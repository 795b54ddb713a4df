#include "transport/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

namespace qp::transport {

struct TicketKeys::Callbacks {
  // As SSL_CTX_set_tlsext_ticket_key_evp_cb wants it: negative is an error, 0 no ticket, 1 fine, 2 fine but
  // make a new one.
  static int prepare(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac, int is_sealing) {
    const auto* self = static_cast<const TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const Key& current = self->keys_.front();
    const Key* key = is_sealing != 0 ? &current : self->find({name, current.name.size()});
    if (key == nullptr) return 0;
    if (is_sealing != 0) {
      std::ranges::copy(key->name, name);
      fill_random({iv, static_cast<size_t>(EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()))});
    }
    if (EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher.data(), iv, is_sealing, nullptr) != 1)
      return -1;
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key->mac.data()),
                                          key->mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_CTX_set_params(mac, params) != 1) return -1;
    return key == &current ? 1 : 2;
  }
};

TicketKeys::TicketKeys(const Secrets& secrets) {
  for (const Secret& secret : secrets.all()) {
    Key key;
    const auto bytes = secret.derive<sizeof key>("tls session tickets");
    std::memcpy(&key, bytes.data(), sizeof key);
    keys_.push_back(key);
  }
}

void TicketKeys::install(ssl_ctx_st* ctx) const {
  SSL_CTX_set_app_data(ctx, const_cast<TicketKeys*>(this));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, Callbacks::prepare);
  SSL_CTX_set_num_tickets(ctx, 1);
}

const TicketKeys::Key* TicketKeys::find(std::span<const unsigned char> name) const {
  const auto found =
      std::ranges::find_if(keys_, [&](const Key& key) { return std::ranges::equal(key.name, name); });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace qp::transport
