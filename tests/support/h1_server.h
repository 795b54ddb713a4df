// An HTTP/1.1 codec in a server's role, whose requests stand where a test can reach them.
#pragma once
#include <string>
#include <string_view>

#include "codec/h1_codec.h"
#include "support/codec_kit.h"

namespace qp::test {

struct H1Server {
  explicit H1Server(codec::H1Settings settings = {}, uint32_t pipe_bytes = 64 * 1024)
      : codec(codec::Role::server, owner, &acceptor, settings, peer) {
    acceptor.incoming_bytes = pipe_bytes;
  }
  ~H1Server() {
    for (const auto& end : acceptor.ends)
      end->stream.detach();
  }

  Result<> receive(std::string_view text) { return codec.receive(pool.copy(text)); }
  StreamEnd& last() { return acceptor.last(); }
  size_t requests() const { return acceptor.ends.size(); }
  std::string written() { return test::written(codec); }
  // The whole answer to a request whose response is `body` and has no fields.
  std::string answer(std::string_view body) {
    last().send(body);
    last().end();
    last().respond(200, {}, &last().outgoing);
    return written();
  }

  BlockPool pool;
  FakeCodecOwner owner;
  TestAcceptor acceptor;
  http::Peer peer;
  codec::H1Codec codec;
};

}  // namespace qp::test
