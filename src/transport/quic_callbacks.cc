#include "transport/quic_callbacks.h"

#include <ngtcp2/ngtcp2_crypto.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>

#include "transport/quic_engine.h"
#include "transport/quic_path.h"
#include "transport/secret.h"

namespace qp::transport {

struct QuicCallbacks {
  static QuicEngine& engine(void* user) { return *static_cast<QuicEngine*>(user); }
  static QuicSessionOwner& owner(void* user) { return engine(user).owner_; }

  // TLS is over once a server has let go of it; a client has nothing more to say there (RFC 9001 §4.4, §6).
  static int recv_crypto_data(ngtcp2_conn* conn, ngtcp2_encryption_level level, uint64_t offset,
                              const uint8_t* data, size_t size, void* user) {
    if (engine(user).tls_.is_attached()) {
      return ngtcp2_crypto_recv_crypto_data_cb(conn, level, offset, data, size, user);
    }
    ngtcp2_conn_set_tls_alert(conn, SSL_AD_UNEXPECTED_MESSAGE);
    return NGTCP2_ERR_CRYPTO;
  }

  static int handshake_completed(ngtcp2_conn*, void* user) {
    owner(user).handshake_completed();
    return 0;
  }

  static int tx_key(ngtcp2_conn*, ngtcp2_encryption_level level, void* user) {
    if (level == NGTCP2_ENCRYPTION_LEVEL_1RTT) owner(user).transmission_enabled();
    return 0;
  }

  static int stream_opened(ngtcp2_conn*, int64_t id, void* user) {
    if (ngtcp2_is_bidi_stream(id) != 0) engine(user).allowance_.opened(static_cast<uint64_t>(id) / 4);
    owner(user).stream_opened(id);
    return 0;
  }

  static int stream_data(ngtcp2_conn*, uint32_t flags, int64_t id, uint64_t, const uint8_t* data, size_t size,
                         void* user, void*) {
    owner(user).stream_data(id, {data, size}, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    return 0;
  }

  static int stream_acked(ngtcp2_conn*, int64_t id, uint64_t, uint64_t size, void* user, void*) {
    engine(user).mtu_guard_.acked(size);
    if (size > 0) owner(user).stream_acked(id, size);
    return 0;
  }

  static int stream_reset(ngtcp2_conn*, int64_t id, uint64_t, uint64_t code, void* user, void*) {
    owner(user).stream_reset(id, code);
    return 0;
  }

  // ngtcp2 answers STOP_SENDING with RESET_STREAM by itself and has no callback for it. A stream with
  // something to send learns of it by write_closed(), a quiet one here, when the peer has acknowledged the
  // reset.
  static int stream_closed(ngtcp2_conn* conn, uint32_t flags, int64_t id, uint64_t code, void* user, void*) {
    if ((flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0) owner(user).stream_stopped(id, code);
    owner(user).stream_closed(id);
    const bool is_peers = ngtcp2_conn_is_local_stream(conn, id) == 0;
    if (is_peers && ngtcp2_is_bidi_stream(id) == 0) ngtcp2_conn_extend_max_streams_uni(conn, 1);
    return 0;
  }

  static int stream_unblocked(ngtcp2_conn*, int64_t id, uint64_t, void* user, void*) {
    owner(user).stream_unblocked(id);
    return 0;
  }

  static int streams_allowed(ngtcp2_conn*, uint64_t total, void* user) {
    owner(user).streams_allowed(total);
    return 0;
  }

  static int new_id(ngtcp2_conn*, ngtcp2_cid* out, ngtcp2_stateless_reset_token* token, size_t size,
                    void* user) {
    ConnectionIdSource& ids = engine(user).ids_;
    const ConnectionId id = ids.make_id();
    assert(id.size == size);
    ngtcp2_cid_init(out, id.data.data(), id.size);
    std::ranges::copy(ids.reset_token(id), token->data);
    ids.add_id(id);
    return 0;
  }

  static int id_removed(ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
    engine(user).ids_.remove_id(ConnectionId({id->data, id->datalen}));
    return 0;
  }

  // Only the path in use counts: while a peer moves, the one it left is validated as well (RFC 9000 §9.3.3).
  static int path_validated(ngtcp2_conn* conn, uint32_t, const ngtcp2_path* path, const ngtcp2_path*,
                            ngtcp2_path_validation_result result, void* user) {
    const bool is_current = ngtcp2_path_eq(path, ngtcp2_conn_get_path(conn)) != 0;
    if (result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS && is_current) {
      engine(user).mtu_guard_.path_changed();
      owner(user).path_validated(address_of(path->remote));
    }
    return 0;
  }

  static int stateless_reset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset2*, void* user) {
    engine(user).is_reset_by_peer_ = true;
    return 0;
  }

  static void random(uint8_t* out, size_t size, const ngtcp2_rand_ctx*) { fill_random({out, size}); }

  static constexpr ngtcp2_callbacks table() {
    ngtcp2_callbacks callbacks{};
    callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
    callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    callbacks.recv_crypto_data = recv_crypto_data;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
    callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
    callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
    callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
    callbacks.update_key = ngtcp2_crypto_update_key_cb;
    callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    callbacks.get_path_challenge_data2 = ngtcp2_crypto_get_path_challenge_data2_cb;
    callbacks.rand = random;
    callbacks.handshake_completed = handshake_completed;
    callbacks.recv_tx_key = tx_key;
    callbacks.stream_open = stream_opened;
    callbacks.recv_stream_data = stream_data;
    callbacks.acked_stream_data_offset = stream_acked;
    callbacks.stream_reset = stream_reset;
    callbacks.stream_close = stream_closed;
    callbacks.extend_max_stream_data = stream_unblocked;
    callbacks.extend_max_local_streams_bidi = streams_allowed;
    callbacks.get_new_connection_id2 = new_id;
    callbacks.remove_connection_id = id_removed;
    callbacks.path_validation = path_validated;
    callbacks.recv_stateless_reset2 = stateless_reset;
    return callbacks;
  }
};

constinit const ngtcp2_callbacks kQuicCallbacks = QuicCallbacks::table();

}  // namespace qp::transport
