// The peer's unidirectional streams (RFC 9114 §6.2): its control stream, its two QPACK streams, and those we
// ignore.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "codec/h3_shared.h"

namespace qp::codec {

struct H3PeerSettings {
  uint64_t qpack_table_bytes = 0;
  uint64_t qpack_blocked_streams = 0;
};

// What they say.
class H3PeerStreamsOwner {
 public:
  virtual void peer_settings(const H3PeerSettings& settings) = 0;
  virtual H3Result peer_goaway(uint64_t id) = 0;
  virtual H3Result peer_priority(uint64_t id, std::string_view text) = 0;
  virtual void peer_stream_ignored(int64_t id) = 0;  // of an unknown type: it may be stopped (§6.2)

 protected:
  ~H3PeerStreamsOwner() = default;
};

class H3PeerStreams {
 public:
  H3PeerStreams(H3PeerStreamsOwner& owner, H3Shared& shared) : owner_(owner), shared_(shared) {}

  H3Result receive(int64_t id, H3Bytes bytes, bool fin);
  H3Result handle_reset(int64_t id);
  void handle_closed(int64_t id) { streams_.erase(id); }

 private:
  enum class Type : uint8_t { unknown_yet, control, qpack_encoder, qpack_decoder, ignored };
  struct Incoming {
    VarintReader type_number;
    Type type = Type::unknown_yet;
  };

  H3Result take_type(int64_t id, Incoming& stream);
  H3Result receive_control(H3Bytes bytes);
  H3Result begin_frame();
  H3Result end_frame();
  H3Result handle_settings(H3Bytes payload);
  H3Result handle_setting(uint64_t id, uint64_t value, H3PeerSettings& settings);
  bool is_critical(Type type) const { return type != Type::unknown_yet && type != Type::ignored; }

  H3PeerStreamsOwner& owner_;
  H3Shared& shared_;
  std::unordered_map<int64_t, Incoming> streams_;
  H3FrameReader reader_;  // of the control stream
  std::string payload_;   // of the frame it is in, when we want it
  uint32_t critical_seen_ = 0;
  bool has_settings_ = false;
  uint64_t push_id_max_ = 0;
};

}  // namespace qp::codec
