// What the tests of every codec need around it: an owner, an acceptor, both ends of a stream, and ways to
// feed bytes.
#pragma once
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/slice.h"
#include "codec/codec.h"
#include "http/stream.h"

namespace qp::test {

class FakeCodecOwner final : public codec::CodecOwner {
 public:
  void changed() override { ++changes; }
  int changes = 0;
};

// One stream as its owner has it: the pipe that fills with what the peer sends, and the one that goes out.
class StreamEnd final : public http::StreamOwner {
 public:
  explicit StreamEnd(http::Stream& attached, uint32_t incoming_bytes = 64 * 1024)
      : stream(attached), incoming(incoming_bytes), outgoing(1024 * 1024) {
    stream.attach(*this, incoming);
  }
  StreamEnd(const StreamEnd&) = delete;
  StreamEnd& operator=(const StreamEnd&) = delete;

  void changed(http::Stream&) override { ++changes; }

  // Takes what has come so far, at most that much, and lets more come.
  std::string take(uint32_t bytes_max = UINT32_MAX) {
    std::string text;
    while (text.size() < bytes_max) {
      const Slice slice = incoming.take_slice(bytes_max - static_cast<uint32_t>(text.size()));
      if (slice.empty()) break;
      text += slice.text();
    }
    stream.credit(incoming.take_credit());
    return text;
  }
  // Until no more comes.
  std::string take_all() {
    std::string text;
    for (std::string more = take(); !more.empty(); more = take())
      text += more;
    return text;
  }
  void send(std::string_view text) {
    outgoing.push(Slice::of_static(text));
    stream.wake();
  }
  void end() {
    outgoing.end();
    stream.wake();
  }
  void respond(uint16_t status, http::Headers fields, http::Pipe* body) {
    http::ResponseHead head;
    head.status = status;
    head.fields = std::move(fields);
    stream.send_head(head, body);
  }

  http::Stream& stream;
  http::Pipe incoming;
  http::Pipe outgoing;
  int changes = 0;
};

class TestAcceptor final : public http::StreamAcceptor {
 public:
  void accept(http::Stream& stream) override {
    ends.push_back(std::make_unique<StreamEnd>(stream, incoming_bytes));
    if (on_accept) on_accept(*ends.back());
  }
  StreamEnd& last() { return *ends.back(); }

  uint32_t incoming_bytes = 64 * 1024;
  std::function<void(StreamEnd&)> on_accept;
  std::vector<std::unique_ptr<StreamEnd>> ends;
};

// Everything the codec has to write now, taken in writes of at most `write_bytes_max`.
inline std::string written(codec::Codec& codec, size_t write_bytes_max = SIZE_MAX) {
  std::string text;
  std::array<std::span<const unsigned char>, 8> pieces;
  while (const size_t count = codec.gather(pieces, write_bytes_max)) {
    size_t bytes = 0;
    for (const auto& piece : std::span(pieces).first(count)) {
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      bytes += piece.size();
    }
    codec.sent(bytes);
  }
  return text;
}

// Each piece comes as a slice of its own memory, as from a read of its own.
inline Result<> feed(codec::Codec& codec, BlockPool& pool, const std::vector<std::string_view>& pieces) {
  for (const std::string_view piece : pieces) {
    if (auto received = codec.receive(pool.copy(piece)); !received) return received;
  }
  return {};
}

// The ways to receive a transcript: whole, byte by byte, and cut at random.
inline std::vector<std::vector<std::string_view>> cuts_of(std::string_view text, uint64_t random_cuts = 6) {
  std::vector<std::vector<std::string_view>> cuts{{text}, {}};
  for (size_t i = 0; i < text.size(); ++i)
    cuts[1].push_back(text.substr(i, 1));
  for (uint64_t seed = 1; seed <= random_cuts; ++seed) {
    Random random(seed);
    cuts.emplace_back();
    for (std::string_view rest = text; !rest.empty();) {
      const size_t size = std::min<size_t>(
          rest.size(), size_t{1} + random.below(static_cast<uint32_t>(1 + text.size() / seed)));
      cuts.back().push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
  }
  return cuts;
}

}  // namespace qp::test
