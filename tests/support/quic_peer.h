// One end of a QUIC connection in a test: sends what it is told, remembers what it learns.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"
#include "transport/quic_session.h"

namespace qp::test {

class QuicPeer final : public transport::QuicSessionOwner,
                       public transport::QuicStreamSource,
                       public transport::ConnectionIdSource {
 public:
  static constexpr size_t kIdBytes = 8;
  enum class Consume { at_once, never };  // of what arrives: with `never` the windows stay as they are

  explicit QuicPeer(uint64_t seed) : random_(seed) {}

  // What arrives, by stream.
  struct Inbox {
    std::string data;
    bool is_ended = false;
    bool is_closed = false;
    std::vector<uint64_t> resets;
    std::vector<uint64_t> stops;
  };
  // What is sent, by stream.
  struct Outbox {
    std::string data;
    size_t taken = 0;
    uint64_t acked = 0;
    bool fin = false;
    bool is_fin_taken = false;
    bool is_blocked = false;
    bool is_write_closed = false;
  };

  // Once a stream; the bytes stay until the peer is destroyed.
  void send(int64_t id, std::string data, bool fin = true) {
    outboxes[id].data = std::move(data);
    outboxes[id].fin = fin;
  }
  static transport::StatelessResetToken token_of(std::string_view id);
  // What the owner of a real session does between two calls of it.
  void consume();

  std::unique_ptr<transport::QuicSession> session;
  Consume consuming = Consume::at_once;
  size_t piece_bytes = 4096;  // size of the pieces that a chunk is offered in

  std::map<int64_t, Inbox> inboxes;
  std::map<int64_t, Outbox> outboxes;
  std::vector<Address> validated;
  std::set<std::string> ids;  // that the other side may call us by
  std::set<std::string> retired_ids;
  uint64_t streams_allowed_total = 0;
  bool is_handshake_completed = false;
  bool is_transmission_enabled = false;
  int blocked_count = 0;

 private:
  void handshake_completed() override { is_handshake_completed = true; }
  void transmission_enabled() override { is_transmission_enabled = true; }
  void stream_opened(int64_t id) override { inboxes[id]; }
  void stream_data(int64_t id, transport::Bytes bytes, bool fin) override;
  void stream_reset(int64_t id, uint64_t code) override { inboxes[id].resets.push_back(code); }
  void stream_stopped(int64_t id, uint64_t code) override { inboxes[id].stops.push_back(code); }
  void stream_acked(int64_t id, uint64_t bytes) override { outboxes[id].acked += bytes; }
  void stream_unblocked(int64_t id) override { outboxes[id].is_blocked = false; }
  void stream_closed(int64_t id) override;
  void streams_allowed(uint64_t total) override { streams_allowed_total = total; }
  void path_validated(const Address& remote) override { validated.push_back(remote); }

  transport::StreamChunk next_chunk() override;
  void taken(int64_t id, size_t bytes) override;
  void blocked(int64_t id) override;
  void write_closed(int64_t id) override { outboxes[id].is_write_closed = true; }

  transport::ConnectionId make_id() override;
  transport::StatelessResetToken reset_token(const transport::ConnectionId& id) override;
  void add_id(const transport::ConnectionId& id) override;
  void remove_id(const transport::ConnectionId& id) override;

  Random random_;
  int64_t last_offered_ = -1;  // round robin
  std::map<int64_t, uint64_t> consumed_;
  uint64_t closed_by_peer_ = 0;
};

}  // namespace qp::test
