// The server's half of HTTP/1.1 in front of any acceptor of requests: text in, text out.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "codec/h1_codec.h"
#include "support/codec_kit.h"

namespace qp::test {

class H1Front {
 public:
  H1Front(http::StreamAcceptor& acceptor, BlockPool& pool)
      : pool_(pool), codec_(codec::Role::server, owner_, &acceptor, {}, peer_) {}

  void receive(std::string_view text) {
    while (!text.empty() && codec_.receive(pool_.copy(text.substr(0, kReadBytes)))) {
      text.remove_prefix(std::min(text.size(), kReadBytes));
    }
  }
  std::string take_written() { return written(codec_); }
  void leave() { codec_.abort({ErrorCode::reset, Origin::client, "the client is gone"}); }
  void reap() { codec_.reap(); }
  http::Peer& peer() { return peer_; }

 private:
  static constexpr size_t kReadBytes = 16 * 1024;

  BlockPool& pool_;
  FakeCodecOwner owner_;
  http::Peer peer_;
  codec::H1Codec codec_;
};

}  // namespace qp::test
