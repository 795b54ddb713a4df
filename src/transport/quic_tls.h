// The TLS session below a QUIC session (RFC 9001), and what is remembered of it once it has been let go.
#pragma once
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_ossl.h>

#include <string>

#include "base/result.h"

namespace qp::transport {

class QuicTls {
 public:
  QuicTls() = default;
  QuicTls(const QuicTls&) = delete;
  QuicTls& operator=(const QuicTls&) = delete;
  ~QuicTls() { detach(); }

  // Takes `ssl`; `conn` outlives the attachment.
  Result<> attach_server(ngtcp2_conn* conn, ssl_st* ssl);
  Result<> attach_client(ngtcp2_conn* conn, ssl_st* ssl);
  // A server needs no TLS behind the handshake: packets have their keys, and the session's 30 KiB are half of
  // what an idle connection costs.
  void detach();
  bool is_attached() const { return ssl_ != nullptr; }

  std::string server_name() const;
  std::string cipher() const;

 private:
  void attach(ngtcp2_conn* conn, ssl_st* ssl);

  ngtcp2_conn* conn_ = nullptr;
  ssl_st* ssl_ = nullptr;  // null behind detach()
  ngtcp2_crypto_ossl_ctx* crypto_ = nullptr;
  ngtcp2_crypto_conn_ref self_{};  // how the TLS library's callbacks find conn_
  std::string server_name_;        // what ssl_ knew
  std::string cipher_;
};

}  // namespace qp::transport
