// QuicSession over ngtcp2. Belongs to one worker. ngtcp2's callbacks are in quic_callbacks.cc: they note
// facts with the owner and return.
//
//   open ──> ending ──> closing ──┐
//     │         (close packet     ├──> over
//     │          to be written)   │
//     └───────> draining ─────────┘
#pragma once
#include <ngtcp2/ngtcp2.h>

#include <memory>
#include <string>
#include <string_view>

#include "transport/quic_chunk_cursor.h"
#include "transport/quic_close_packet.h"
#include "transport/quic_mtu_guard.h"
#include "transport/quic_session.h"
#include "transport/quic_tls.h"
#include "transport/stream_allowance.h"

namespace qp::transport {

class QuicEngine final : public QuicSession {
 public:
  explicit QuicEngine(const Parts& parts);
  ~QuicEngine() override;

  Result<> begin_server(const Parts& parts, const QuicAccept& accept);
  Result<> begin_client(const Parts& parts, std::string_view server_name);

  Result<> handle(std::span<unsigned char> datagram, const Address& local, const Address& remote, uint8_t ecn,
                  TimePoint now) override;
  Result<> expire(TimePoint now) override;
  TimePoint deadline() const override;
  Outgoing write(std::span<unsigned char> buffer, TimePoint now) override;

  Result<int64_t> open_bidirectional() override;
  Result<int64_t> open_unidirectional() override;
  void extend_stream(int64_t id, uint64_t bytes) override;
  void extend_connection(uint64_t bytes) override;
  void allow_streams(uint64_t more) override { allowance_.closed(more); }
  void reset_stream(int64_t id, uint64_t error_code) override;
  void stop_stream(int64_t id, uint64_t error_code) override;
  void send_token(Bytes token) override;
  void set_busy(bool is_busy) override;
  void close(uint64_t application_error_code, std::string_view reason) override;

  bool is_handshake_completed() const override;
  bool is_closing() const override { return state_ == State::ending || state_ == State::closing; }
  bool is_draining() const override { return state_ == State::draining; }
  bool is_over() const override { return state_ == State::over; }
  QuicClose close_cause() const override { return cause_; }
  QuicStats stats() const override;
  std::string server_name() const override { return tls_.server_name(); }
  std::string cipher() const override { return tls_.cipher(); }
  uint32_t version() const override;

 private:
  friend struct QuicCallbacks;
  enum class State : uint8_t { open, ending, closing, draining, over };

  enum class Role : uint8_t { client, server };

  std::unexpected<Error> fail_with(int library_error);
  void end_with(int library_error);
  void enter_draining(TimePoint now);
  Outgoing write_close(std::span<unsigned char> buffer, TimePoint now);
  ngtcp2_ssize write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info, std::span<unsigned char> out,
                            ngtcp2_tstamp now);
  void pace(size_t bytes, ngtcp2_tstamp now);
  Duration probe_timeout() const;
  Duration idle_timeout() const;

  QuicSessionOwner& owner_;
  QuicStreamSource& source_;
  ConnectionIdSource& ids_;

  ngtcp2_conn* conn_ = nullptr;
  Role role_ = Role::client;
  QuicTls tls_;
  ConnectionId first_id_;  // server: what the client called us before it knew an ID of ours

  const Duration keep_alive_;  // as the settings have it
  bool is_busy_ = false;

  State state_ = State::open;
  bool is_reset_by_peer_ = false;  // a stateless reset came
  TimePoint now_;                  // of the last call that told it
  QuicClose cause_;
  Error end_;              // what every call answers that comes after the end
  ngtcp2_ccerr ending_{};  // what the close packet says
  std::string ending_reason_;
  QuicClosePacket close_packet_;
  TimePoint period_end_ = kNever;  // of closing or draining

  MtuGuard mtu_guard_;
  StreamAllowance allowance_;  // of the peer's bidirectional streams
  size_t unpaced_bytes_ = 0;   // sent one by one since the pacer was told
  QuicChunkCursor chunk_;      // that write() is working on
};

}  // namespace qp::transport
