// Streams without a wire: a test says what the peer sends, and sees what it is told. Towards backends they
// come through a codec whose connections are real and silent.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codec.h"
#include "conn/codec_factory.h"
#include "conn/reactor.h"

namespace qp::test {

class ScriptedStream final : public http::Stream {
 public:
  // What the peer does. Each wakes the owner.
  void receive(http::RequestHead head) { in.request = std::make_unique<http::RequestHead>(std::move(head)); }
  void refuse(const http::Answer& refusal) {
    in.refusal = refusal;
    tell_owner();
  }
  void receive_interim(uint16_t status) {
    in.interim.push_back({.status = status, .fields = {}});
    tell_owner();
  }
  void receive_head(uint16_t status) {
    in.response = std::make_unique<http::ResponseHead>();
    in.response->status = status;
    tell_owner();
  }
  void receive_body(BlockPool& blocks, std::string_view bytes) {
    body()->push(blocks.copy(bytes));
    tell_owner();
  }
  void receive_end() {
    in.ended = true;
    if (body() != nullptr && !body()->is_ended()) body()->end();
    tell_owner();
  }
  void respond(BlockPool& blocks, uint16_t status, std::string_view bytes) {
    receive_head(status);
    receive_body(blocks, bytes);
    receive_end();
  }
  void break_off(ErrorCode code, Origin origin) {
    in.fault = Error{code, origin, "the script says so"};
    tell_owner();
  }
  void take(uint64_t bytes) {
    may_take = bytes;
    pull();
  }

  uint16_t peer_port = 0;  // of a backend

  // What it was told.
  std::optional<http::RequestHead> request;
  std::optional<http::ResponseHead> answer;
  std::vector<uint16_t> interim;
  std::string text;  // the body
  bool is_whole = false;
  std::optional<http::Reason> broken_by;
  bool is_let_go() const { return !has_owner(); }

  uint64_t may_take = UINT64_MAX;  // bytes of the body; then the peer is slow
  std::function<void()> handle_let_go = [] {};

 private:
  void send_head(const http::RequestHead& head, http::Pipe* body) override {
    request = head;
    begin(body);
  }
  void send_head(const http::ResponseHead& head, http::Pipe* body) override {
    if (head.is_interim()) return interim.push_back(head.status);
    answer = head;
    begin(body);
  }
  void wake() override { pull(); }
  void credit(uint64_t) override {}
  void reset(http::Reason reason) override { broken_by = reason; }
  void handle_detached() override {
    pipe_ = nullptr;
    handle_let_go();
  }

  void begin(http::Pipe* body) {
    pipe_ = body;
    is_whole = body == nullptr;
    pull();
  }
  void pull() {
    while (pipe_ != nullptr && may_take > 0) {
      const Slice slice = pipe_->take_slice(static_cast<uint32_t>(std::min<uint64_t>(may_take, UINT32_MAX)));
      if (slice.empty()) break;
      text += slice.text();
      if (may_take != UINT64_MAX) may_take -= slice.size();
    }
    if (pipe_ != nullptr && pipe_->is_finished()) is_whole = true;
    tell_owner();
  }

  http::Pipe* pipe_ = nullptr;
};

// One stream after the other. The connection ends with a stream that was not ended by the script.
class ScriptedCodec final : public codec::Codec {
 public:
  using Streams = std::deque<ScriptedStream>;
  ScriptedCodec(Streams& streams, codec::CodecOwner& owner, const http::Peer& peer)
      : streams_(streams), owner_(owner), peer_(peer) {}

  Result<> receive(Slice) override { return {}; }
  void receive_end() override { abort({ErrorCode::closed, Origin::upstream, "ended"}); }
  void abort(Error error) override {
    is_closing_ = true;
    if (is_in_use_ && !current_->in.fault) current_->break_off(error.code, error.origin);
  }
  bool wants_input() const override { return true; }
  size_t gather(std::span<std::span<const unsigned char>>, size_t) override { return 0; }
  void sent(size_t) override {}
  http::Stream* open() override {
    if (!is_open_for_more()) return nullptr;
    current_ = &streams_.emplace_back();
    current_->peer = &peer_;
    current_->peer_port = peer_.port;
    current_->handle_let_go = [this] {
      is_in_use_ = false;
      owner_.changed();
    };
    is_in_use_ = true;
    return current_;
  }
  bool is_open_for_more() const override { return !is_in_use_ && !must_close(); }
  void drain() override { is_closing_ = true; }
  bool is_idle() const override { return !is_in_use_; }
  uint64_t requests() const override { return streams_.size(); }
  bool is_finished() const override { return is_idle() && must_close(); }
  bool is_head_pending() const override { return false; }
  void refuse_head() override {}
  void reap() override {}

 private:
  bool must_close() const { return is_closing_ || (current_ != nullptr && !current_->in.ended); }

  Streams& streams_;
  codec::CodecOwner& owner_;
  const http::Peer& peer_;
  ScriptedStream* current_ = nullptr;
  bool is_in_use_ = false;
  bool is_closing_ = false;
};

class ScriptedCodecs final : public conn::CodecFactory {
 public:
  std::unique_ptr<codec::Codec> make_codec(std::string_view, codec::CodecOwner& owner, const http::Peer& peer,
                                           conn::Reactor&) override {
    return std::make_unique<ScriptedCodec>(streams, owner, peer);
  }

  ScriptedCodec::Streams streams;  // of all connections, in the order of their requests
};

}  // namespace qp::test
