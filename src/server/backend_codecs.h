// The protocols that we speak to backends: HTTP/1.1 so far.
#pragma once
#include <memory>
#include <string_view>

#include "codec/h1_codec.h"
#include "conn/codec_factory.h"

namespace qp::server {

class BackendCodecs final : public conn::CodecFactory {
 public:
  explicit BackendCodecs(const codec::H1Settings& h1) : h1_(h1) {}

  std::unique_ptr<codec::Codec> make_codec(std::string_view alpn, codec::CodecOwner& owner,
                                           const http::Peer& peer, conn::Reactor&) override {
    if (!alpn.empty() && alpn != "http/1.1") return nullptr;
    return std::make_unique<codec::H1Codec>(codec::Role::client, owner, nullptr, h1_, peer);
  }

 private:
  codec::H1Settings h1_;
};

}  // namespace qp::server
