#include "transport/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include "transport/tls_context.h"

namespace qp::transport {

// The library's view of our memory: it reads what receive() was given, and writes to the end of output().
struct TlsBio {
  static TlsSession& session(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* out, size_t size, size_t* taken) {
    Bytes& input = session(bio).input_;
    BIO_clear_retry_flags(bio);
    *taken = std::min(size, input.size());
    if (*taken == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(out, input.data(), *taken);
    input = input.subspan(*taken);
    return 1;
  }

  static int write(BIO* bio, const char* data, size_t size, size_t* written) {
    session(bio).add_output({reinterpret_cast<const unsigned char*>(data), size});
    *written = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
};

bio_method_st* TlsSession::make_bio_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "borrowed memory");
  BIO_meth_set_read_ex(method, TlsBio::read);
  BIO_meth_set_write_ex(method, TlsBio::write);
  BIO_meth_set_ctrl(method, TlsBio::control);
  return method;
}

void TlsSession::free_bio_method(bio_method_st* method) {
  BIO_meth_free(method);
}

std::unique_ptr<TlsSession> TlsSession::accept(const TlsContext& context, BlockPool& blocks) {
  return std::unique_ptr<TlsSession>(new TlsSession(context, blocks, context.accept(TlsWire::tcp)));
}

std::unique_ptr<TlsSession> TlsSession::connect(const TlsContext& context, BlockPool& blocks,
                                                std::string_view server_name) {
  std::unique_ptr<TlsSession> session(
      new TlsSession(context, blocks, context.connect(TlsWire::tcp, server_name)));
  // Nothing has come that could be wrong with it.
  [[maybe_unused]] const Result<> begun = session->advance_handshake();
  assert(begun);
  return session;
}

TlsSession::TlsSession(const TlsContext& context, BlockPool& blocks, ssl_st* ssl)
    : blocks_(blocks), ssl_(ssl) {
  BIO* bio = BIO_new(context.memory_method());
  if (bio == nullptr) std::abort();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

Result<> TlsSession::receive(Bytes cipher, std::vector<Slice>& plain) {
  if (state_ == State::closed) return {};  // what follows a close is not looked at (RFC 8446 §6.1)
  input_ = cipher;
  Result<> done = state_ == State::handshaking ? advance_handshake() : Result<>{};
  if (done && state_ == State::open) done = read_plain(plain);
  input_ = {};
  return done;
}

Result<> TlsSession::advance_handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_);
  if (returned != 1) return failure(returned);
  state_ = State::open;
  return {};
}

Result<> TlsSession::read_plain(std::vector<Slice>& plain) {
  while (!is_input_ended_) {
    // A record's worth, unless the records that are left are smaller than that.
    const size_t wanted =
        std::min<size_t>(kRecordBytes, input_.size() + static_cast<size_t>(SSL_pending(ssl_)));
    const std::span<unsigned char> tail = blocks_.tail(static_cast<uint32_t>(std::max<size_t>(wanted, 1)));
    size_t size = 0;
    ERR_clear_error();
    const int returned = SSL_read_ex(ssl_, tail.data(), tail.size(), &size);
    if (returned != 1) return failure(returned);
    Slice slice = blocks_.commit(static_cast<uint32_t>(size));
    if (plain.empty() || !plain.back().try_extend(slice)) plain.push_back(std::move(slice));
  }
  return {};
}

Result<> TlsSession::send(std::span<const Bytes> pieces) {
  assert(state_ != State::handshaking);
  if (state_ == State::closed) return fail(ErrorCode::closed, Origin::self, "TLS session is closed");

  std::array<unsigned char, kRecordBytes> record;
  size_t filled = 0;
  for (Bytes piece : pieces) {
    while (!piece.empty()) {
      if (filled == 0 && piece.size() >= kRecordBytes) {  // a whole record as it stands
        if (auto written = write_record(piece.first(kRecordBytes)); !written) return written;
        piece = piece.subspan(kRecordBytes);
        continue;
      }
      const size_t part = std::min(piece.size(), kRecordBytes - filled);
      std::memcpy(record.data() + filled, piece.data(), part);
      filled += part;
      piece = piece.subspan(part);
      if (filled < kRecordBytes) continue;
      if (auto written = write_record(record); !written) return written;
      filled = 0;
    }
  }
  return filled == 0 ? Result<>{} : write_record(Bytes(record).first(filled));
}

Result<> TlsSession::write_record(Bytes plain) {
  size_t written = 0;
  ERR_clear_error();
  const int returned = SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
  if (returned != 1) return failure(returned);
  assert(written == plain.size());  // our memory never refuses
  return {};
}

void TlsSession::close() {
  if (state_ == State::open) SSL_shutdown(ssl_);
  ERR_clear_error();
  state_ = State::closed;
}

Result<> TlsSession::failure(int returned) {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return {};
    case SSL_ERROR_ZERO_RETURN: is_input_ended_ = true; return {};
    case SSL_ERROR_SSL: {
      state_ = State::closed;
      const char* reason = ERR_reason_error_string(ERR_peek_error());  // static text of the library
      const long verdict = SSL_get_verify_result(ssl_);
      const bool is_untrusted = SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE && verdict != X509_V_OK;
      if (is_untrusted) reason = X509_verify_cert_error_string(verdict);
      return fail(ErrorCode::tls, Origin::self, reason != nullptr ? reason : "TLS failure");
    }
    default: state_ = State::closed; return fail(ErrorCode::tls, Origin::self, "TLS failure");
  }
}

void TlsSession::add_output(Bytes bytes) {
  output_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const Bytes part = bytes.first(std::min<size_t>(bytes.size(), BlockPool::kBlockBytes));
    Slice slice = blocks_.copy(part);
    if (output_.size() == output_first_ || !output_.back().try_extend(slice))
      output_.push_back(std::move(slice));
    bytes = bytes.subspan(part.size());
  }
}

void TlsSession::output_sent(size_t bytes) {
  assert(bytes <= output_bytes_);
  output_bytes_ -= bytes;
  while (bytes > 0) {
    Slice& first = output_[output_first_];
    const uint32_t part = static_cast<uint32_t>(std::min<size_t>(bytes, first.size()));
    bytes -= part;
    first.remove_prefix(part);
    if (!first.empty()) return;
    first = Slice();
    ++output_first_;
  }
  if (output_bytes_ > 0) return;
  output_ = {};
  output_first_ = 0;
}

std::string_view TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsSession::server_name() const {
  return TlsContext::server_name(ssl_);
}
std::string_view TlsSession::version() const {
  return SSL_get_version(ssl_);
}
std::string_view TlsSession::cipher() const {
  return SSL_get_cipher_name(ssl_);
}
bool TlsSession::is_resumed() const {
  return SSL_session_reused(ssl_) == 1;
}

}  // namespace qp::transport
