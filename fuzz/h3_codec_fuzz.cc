// Bytes of a client's streams into a server's HTTP/3 codec, which answers every request with its own body.
//
// The input is a list of parts: one byte that says which stream (bits 0 to 2) and whether it ends or is reset
// behind the part, one byte that says how long the part is, then the part.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "codec/h3_codec.h"

namespace {

using namespace qp;

class Answer final : public http::StreamOwner {
 public:
  explicit Answer(http::Stream& attached) : stream(attached), body(64 * 1024) { stream.attach(*this, body); }
  void changed(http::Stream&) override {}
  void advance() {
    if (!std::exchange(is_answered_, true)) {
      http::ResponseHead head;
      head.status = 200;
      stream.send_head(head, &body);
    }
    stream.wake();
    stream.credit(body.take_credit());
  }

  http::Stream& stream;
  http::Pipe body;  // filled by the request, emptied by the response

 private:
  bool is_answered_ = false;
};

class Peer final : public codec::H3Owner, public http::StreamAcceptor {
 public:
  void changed() override {}
  void stream_finished() override {}
  Result<int64_t> open_stream() override { return fail(ErrorCode::unsupported, Origin::self, "a server"); }
  void accept(http::Stream& stream) override { answers.push_back(std::make_unique<Answer>(stream)); }

  std::vector<std::unique_ptr<Answer>> answers;
};

void drain(codec::H3Codec& codec) {
  for (;;) {
    const codec::H3Chunk chunk = codec.next_chunk();
    if (chunk.id < 0) break;
    codec.taken(chunk.id, chunk.bytes);
    if (chunk.bytes > 0) codec.stream_acked(chunk.id, chunk.bytes);
  }
  codec.take_orders();
  codec.take_connection_credit();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kStreams[8] = {2, 6, 10, 14, 0, 4, 8, 1};
  BlockPool blocks;
  const codec::H3Settings settings;
  const http::Peer remote;
  Peer peer;
  codec::H3Codec codec({.role = codec::Role::server,
                        .settings = settings,
                        .blocks = blocks,
                        .owner = peer,
                        .acceptor = &peer,
                        .peer = remote,
                        .seed = 1});
  codec.start(3, 7, 11);
  codec::H3Bytes input(data, size);
  bool is_ended[8] = {};
  while (input.size() >= 2 && !codec.failure()) {
    const unsigned which = input[0] & 7;
    const bool ends = (input[0] & 0x8) != 0;
    const bool resets = (input[0] & 0x10) != 0;
    const size_t length = std::min<size_t>(input[1], input.size() - 2);
    const codec::H3Bytes part = input.subspan(2, length);
    input = input.subspan(2 + length);
    if (std::exchange(is_ended[which], is_ended[which] || ends || resets)) continue;
    codec.stream_data(kStreams[which], part, ends && !resets);
    if (resets && !codec.failure()) codec.stream_reset(kStreams[which], 0x10c);
    for (auto& answer : peer.answers)
      answer->advance();
    drain(codec);
  }
  codec.abort({});
  for (auto& answer : peer.answers)
    answer->stream.detach();
  codec.reap();
  return 0;
}
