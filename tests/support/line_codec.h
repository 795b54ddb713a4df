// A codec for tests of what is around codecs. A message is one line; a stream is one line there and one line
// back, and there is one at a time. The server side answers by itself, or is told by its settings not to.
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codec.h"
#include "conn/codec_factory.h"

namespace qp::test {

struct LineSettings {
  codec::Role role = codec::Role::server;
  bool answers = true;        // server role: by a line with the same text
  bool closes_after = false;  // server role: after the first answer
  bool wants_input = true;
  std::string greeting;  // sent unasked
};

class LineCodec final : public codec::Codec, private http::Stream {
 public:
  LineCodec(const LineSettings& settings, codec::CodecOwner& owner)
      : output(settings.greeting), settings_(settings), owner_(owner) {}

  Result<> receive(Slice bytes) override {
    received += bytes.text();
    if (received.find("garbage") != std::string::npos) {
      output += "bad\n";
      return fail(ErrorCode::malformed, Origin::client, "garbage");
    }
    if (settings_.role == codec::Role::client && !in_use_) {
      return fail(ErrorCode::malformed, Origin::upstream, "an answer without a question");
    }
    while (settings_.role == codec::Role::server && received.find('\n') != std::string::npos)
      answer();
    if (in_use_ && received.find('\n') != std::string::npos) {
      in.ended = true;
      tell_owner();
    }
    return {};
  }
  void receive_end() override {
    has_ended_ = true;
    fault({ErrorCode::closed, Origin::upstream, "ended"});
  }
  void abort(Error error) override {
    has_ended_ = true;
    fault(error);
  }
  bool wants_input() const override { return settings_.wants_input; }

  size_t gather(std::span<std::span<const unsigned char>> pieces, size_t bytes_max) override {
    if (output.empty()) return 0;
    const std::string_view text = std::string_view(output).substr(0, bytes_max);
    pieces[0] = {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
    return 1;
  }
  void sent(size_t bytes) override { output.erase(0, bytes); }

  http::Stream* open() override {
    if (!is_open_for_more()) return nullptr;
    in_use_ = true;
    received.clear();
    in = {};
    return this;
  }
  bool is_open_for_more() const override {
    return settings_.role == codec::Role::client && !in_use_ && !has_ended_ && !is_draining_;
  }
  void drain() override { is_draining_ = true; }
  bool is_idle() const override { return !in_use_ && pending_ == 0; }
  uint64_t requests() const override { return 0; }
  bool is_finished() const override { return (is_draining_ || is_closing_) && is_idle() && output.empty(); }
  bool is_head_pending() const override { return !received.empty() && pending_ == 0; }
  void refuse_head() override {
    received.clear();
    output += "too slow\n";
    is_closing_ = true;
  }
  void reap() override { ++reaps; }

  // The server's side, by hand.
  void answer_pending(std::string_view text) {
    pending_ = 0;
    output += text;
    owner_.changed();
  }

  std::string received;
  std::string output;
  int reaps = 0;

 private:
  void answer() {
    const size_t size = received.find('\n') + 1;
    if (settings_.answers) {
      output += received.substr(0, size);
    } else {
      ++pending_;
    }
    received.erase(0, size);
    if (settings_.closes_after) is_closing_ = true;
  }
  void fault(Error error) {
    if (in_use_ && !in.ended && !in.fault) {
      in.fault = error;
      tell_owner();
    }
  }

  void send_head(const http::RequestHead& head, http::Pipe* /*body*/) override {
    output += head.path + "\n";
    owner_.changed();
  }
  void send_head(const http::ResponseHead& /*head*/, http::Pipe* /*body*/) override {}
  void wake() override {}
  void credit(uint64_t /*bytes*/) override {}
  void reset(http::Reason /*reason*/) override { is_closing_ = true; }
  void handle_detached() override {
    in_use_ = false;
    if (!in.ended) is_closing_ = true;  // the line back may still come
    received.clear();
    owner_.changed();
  }

  const LineSettings& settings_;
  codec::CodecOwner& owner_;
  bool in_use_ = false;
  bool has_ended_ = false;
  bool is_draining_ = false;
  bool is_closing_ = false;
  int pending_ = 0;
};

class LineCodecs final : public conn::CodecFactory {
 public:
  std::unique_ptr<codec::Codec> make_codec(std::string_view alpn, codec::CodecOwner& owner,
                                           const http::Peer& /*peer*/, conn::Reactor& /*reactor*/) override {
    last_alpn = alpn;
    auto made = std::make_unique<LineCodec>(settings, owner);
    last = made.get();
    return made;
  }

  LineSettings settings;
  std::string last_alpn;
  LineCodec* last = nullptr;  // valid as long as its connection
};

}  // namespace qp::test
