#include "transport/quic_session.h"

#include <algorithm>
#include <cassert>
#include <functional>

#include "transport/quic_engine.h"

namespace qp::transport {

ConnectionId::ConnectionId(Bytes bytes) : size(static_cast<uint8_t>(bytes.size())) {
  assert(bytes.size() <= kBytesMax);
  std::ranges::copy(bytes, data.begin());
}

bool operator==(const ConnectionId& a, const ConnectionId& b) {
  return std::ranges::equal(a.bytes(), b.bytes());
}

size_t ConnectionIdHash::operator()(const ConnectionId& id) const {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.data.data()), id.size});
}

Result<std::unique_ptr<QuicSession>> QuicSession::accept(const Parts& parts, const QuicAccept& accept) {
  auto engine = std::make_unique<QuicEngine>(parts);
  if (auto begun = engine->begin_server(parts, accept); !begun) return std::unexpected(begun.error());
  return engine;
}

Result<std::unique_ptr<QuicSession>> QuicSession::connect(const Parts& parts, std::string_view server_name) {
  auto engine = std::make_unique<QuicEngine>(parts);
  if (auto begun = engine->begin_client(parts, server_name); !begun) return std::unexpected(begun.error());
  return engine;
}

}  // namespace qp::transport
