// /health on the plain listener, answered by the proxy itself as long as health.on_fallback says so.
#pragma once
#include <optional>

#include "base/clock.h"
#include "base/slice.h"
#include "http/message.h"
#include "http/peer.h"
#include "http/uri.h"
#include "proxy/reply.h"
#include "proxy/snapshot.h"

namespace qp::proxy {

// The page, where the request asks for it: GET or HEAD, over a connection without encryption.
std::optional<Reply> health_page(const Snapshot& snapshot, const http::RequestHead& head,
                                 const http::Target& target, const http::Peer& peer, WallTime now,
                                 BlockPool& blocks);

}  // namespace qp::proxy
