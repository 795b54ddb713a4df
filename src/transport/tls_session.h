// TLS for one TCP connection, either role, over memory: cipher bytes in, plain bytes out, and the other way
// round. No socket and no clock; belongs to one worker. An idle session keeps no buffers.
//
//   handshaking ──> open ──> closed (by either side's close_notify or alert, or an error)
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/slice.h"
#include "transport/bytes.h"

struct bio_method_st;
struct ssl_st;

namespace qp::transport {

class TlsContext;

class TlsSession {
 public:
  // A record's plain bytes (RFC 8446 §5.1): pieces handed to send() together share records of this size.
  static constexpr size_t kRecordBytes = 16 * 1024;

  // `blocks` outlives the session, and so does `context`.
  static std::unique_ptr<TlsSession> accept(const TlsContext& context, BlockPool& blocks);
  // A client has its first flight in output() at once. A `server_name` that is an IP address is verified as
  // one.
  static std::unique_ptr<TlsSession> connect(const TlsContext& context, BlockPool& blocks,
                                             std::string_view server_name);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  // Takes in all of `cipher` and appends what it decrypts to. May leave bytes in output() (handshake,
  // alerts), on errors too: they should still be sent. Never more plain bytes than cipher bytes.
  Result<> receive(Bytes cipher, std::vector<Slice>& plain);
  // Encrypts all the pieces; the records are added to output(). Only when the handshake is complete.
  Result<> send(std::span<const Bytes> pieces);
  // Adds close_notify to output(); nothing may be sent behind it.
  void close();

  // Cipher bytes for the socket, oldest first, and how many of them it took.
  std::span<const Slice> output() const {
    return {output_.data() + output_first_, output_.size() - output_first_};
  }
  size_t output_bytes() const { return output_bytes_; }
  void output_sent(size_t bytes);

  bool is_handshake_completed() const { return state_ != State::handshaking; }
  // The peer has said that it sends no more (close_notify). A socket that ends without it was cut off.
  bool is_input_ended() const { return is_input_ended_; }

  // Known when the handshake is complete.
  std::string_view protocol() const;  // by ALPN; empty: none was negotiated
  std::string server_name() const;    // SNI, lower case; empty: the client named none
  std::string_view version() const;   // "TLSv1.3"
  std::string_view cipher() const;
  bool is_resumed() const;

  // How the library reads and writes a session's memory; TlsContext keeps one for all its sessions.
  static bio_method_st* make_bio_method();
  static void free_bio_method(bio_method_st* method);

 private:
  friend struct TlsBio;
  enum class State : uint8_t { handshaking, open, closed };

  TlsSession(const TlsContext& context, BlockPool& blocks, ssl_st* ssl);
  Result<> advance_handshake();
  Result<> read_plain(std::vector<Slice>& plain);
  Result<> write_record(Bytes plain);
  Result<> failure(int returned);
  void add_output(Bytes bytes);

  BlockPool& blocks_;
  ssl_st* ssl_;
  Bytes input_;  // what receive() was given and the library has not read yet; empty outside of it
  std::vector<Slice> output_;
  size_t output_first_ = 0;  // slices before it are sent
  size_t output_bytes_ = 0;
  State state_ = State::handshaking;
  bool is_input_ended_ = false;
};

}  // namespace qp::transport
