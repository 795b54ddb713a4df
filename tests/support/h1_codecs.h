// HTTP/1.1 towards a backend, for tests whose backends send real bytes.
#pragma once
#include <memory>
#include <string_view>

#include "codec/h1_codec.h"
#include "conn/codec_factory.h"

namespace qp::test {

class H1Codecs final : public conn::CodecFactory {
 public:
  std::unique_ptr<codec::Codec> make_codec(std::string_view, codec::CodecOwner& owner, const http::Peer& peer,
                                           conn::Reactor&) override {
    return std::make_unique<codec::H1Codec>(codec::Role::client, owner, nullptr, codec::H1Settings{}, peer);
  }
};

}  // namespace qp::test
