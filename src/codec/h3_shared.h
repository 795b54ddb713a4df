// What the streams of one HTTP/3 connection share, and what the codec and the connection tell each other.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "base/list.h"
#include "base/slice.h"
#include "codec/codec.h"
#include "codec/h3_frame.h"
#include "codec/h3_head.h"
#include "codec/h3_qpack.h"
#include "codec/h3_schedule.h"
#include "http/stream.h"

namespace qp::codec {

struct H3Settings {
  H3HeadLimits head;
  H3Qpack::Limits qpack;
  // Requests that the peer takes back before it was answered, ahead of those it lets us answer (rapid reset).
  uint32_t cancelled_requests_max = 200;
  // Frames without any use (unknown types, empty DATA), ahead of requests answered.
  uint32_t useless_frames_max = 1000;
};

// Why a connection can't go on.
struct H3Failure {
  H3Code code;
  const char* detail;  // static text
};
using H3Result = std::expected<void, H3Failure>;
inline std::unexpected<H3Failure> h3_fail(H3Code code, const char* detail) {
  return std::unexpected(H3Failure{code, detail});
}

// Bytes of one stream that may go into packets now.
struct H3Chunk {
  static constexpr size_t kPiecesMax = 16;
  int64_t id = -1;  // -1: nothing
  bool fin = false;
  size_t piece_count = 0;
  size_t bytes = 0;
  std::array<H3Bytes, kPiecesMax> pieces;
};

// What the codec wants done to the transport. Noted, and carried out by the connection when the transport may
// be called.
struct H3Order {
  enum class Kind : uint8_t {
    extend_stream,  // by `value` bytes
    reset_stream,   // our side of it, with the error code `value`
    stop_stream,    // the peer's side, with the error code `value`
    allow_stream,   // one of the peer's request streams is no more
  };
  Kind kind;
  int64_t id;
  uint64_t value;
};

class H3Owner {
 public:
  // There is something to send or an order. Marks, and does nothing else.
  virtual void changed() = 0;
  // A stream waits for the codec's reap(). Marks as well.
  virtual void stream_finished() = 0;
  // Client role: a new bidirectional stream; would_block when the peer allows no more.
  virtual Result<int64_t> open_stream() = 0;

 protected:
  ~H3Owner() = default;
};

struct FinishedStreams;
struct AwaitedHeads;

struct H3Shared {
  Role role;
  const H3Settings& settings;
  BlockPool& blocks;
  H3Owner& owner;
  http::StreamAcceptor* acceptor;  // server role
  const http::Peer& peer;
  H3Qpack qpack;
  H3Schedule schedule = {};
  List<H3Stream, FinishedStreams> finished = {};    // to be destroyed at reap
  List<H3Stream, AwaitedHeads> new_heads = {};      // request heads under way: since the last look,
  List<H3Stream, AwaitedHeads> awaited_heads = {};  // and before it, by their deadlines
  std::vector<H3Order> orders = {};
  uint64_t connection_credit = 0;
  uint32_t cancelled_requests = 0;
  uint32_t useless_frames = 0;

  void order(H3Order::Kind kind, int64_t id, uint64_t value) {
    orders.push_back({kind, id, value});
    owner.changed();
  }
};

}  // namespace qp::codec
