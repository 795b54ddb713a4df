#include "transport/quic_tls.h"

#include <openssl/ssl.h>

#include <cstdlib>

#include "transport/tls_context.h"

namespace qp::transport {

namespace {

// Fetches the library's ciphers once, instead of at every connection.
void prepare_crypto() {
  static const int prepared = ngtcp2_crypto_ossl_init();
  if (prepared != 0) std::abort();
}

ngtcp2_conn* conn_behind(ngtcp2_crypto_conn_ref* self) {
  return static_cast<ngtcp2_conn*>(self->user_data);
}

}  // namespace

Result<> QuicTls::attach_server(ngtcp2_conn* conn, ssl_st* ssl) {
  attach(conn, ssl);
  if (ngtcp2_crypto_ossl_configure_server_session(ssl_) == 0) return {};
  return fail(ErrorCode::internal, Origin::self, "TLS refuses to serve QUIC");
}

Result<> QuicTls::attach_client(ngtcp2_conn* conn, ssl_st* ssl) {
  attach(conn, ssl);
  if (ngtcp2_crypto_ossl_configure_client_session(ssl_) == 0) return {};
  return fail(ErrorCode::internal, Origin::self, "TLS refuses to speak QUIC");
}

void QuicTls::attach(ngtcp2_conn* conn, ssl_st* ssl) {
  prepare_crypto();
  conn_ = conn;
  ssl_ = ssl;
  self_ = {.get_conn = conn_behind, .user_data = conn};
  SSL_set_app_data(ssl_, &self_);
  if (ngtcp2_crypto_ossl_ctx_new(&crypto_, ssl_) != 0) std::abort();
  ngtcp2_conn_set_tls_native_handle(conn_, crypto_);
}

void QuicTls::detach() {
  if (ssl_ == nullptr) return;
  server_name_ = TlsContext::server_name(ssl_);
  cipher_ = SSL_get_cipher_name(ssl_);
  SSL_set_app_data(ssl_, nullptr);
  ngtcp2_conn_set_tls_native_handle(conn_, nullptr);
  ngtcp2_crypto_ossl_ctx_del(crypto_);
  SSL_free(ssl_);
  crypto_ = nullptr;
  ssl_ = nullptr;
}

std::string QuicTls::server_name() const {
  return ssl_ != nullptr ? TlsContext::server_name(ssl_) : server_name_;
}

std::string QuicTls::cipher() const {
  return ssl_ != nullptr ? SSL_get_cipher_name(ssl_) : cipher_;
}

}  // namespace qp::transport
