// Makes the codec of a connection once its protocol is known: at once on plain TCP, after ALPN (RFC 7301) on
// TLS.
#pragma once
#include <memory>
#include <string_view>

#include "codec/codec.h"
#include "conn/reactor.h"

namespace qp::conn {

class CodecFactory {
 public:
  // `alpn` is empty on plain TCP and where the peer negotiated nothing. Null: we don't speak that protocol.
  // `peer` and `owner` outlive the codec.
  virtual std::unique_ptr<codec::Codec> make_codec(std::string_view alpn, codec::CodecOwner& owner,
                                                   const http::Peer& peer, Reactor& reactor) = 0;

 protected:
  ~CodecFactory() = default;
};

}  // namespace qp::conn
