#include "server/tcp_front.h"

#include <chrono>
#include <cstdlib>
#include <utility>

namespace qp::server {

namespace {

constexpr int kAcceptsPerTurnMax = 64;
// Out of descriptors: connections stay in the kernel's queue until some are free again.
constexpr Duration kExhaustedPause = std::chrono::milliseconds(100);

}  // namespace

struct TcpFront::Client final : ListNode<OpenClients>, conn::ConnectionOwner {
  Client(TcpFront& home, io::Accepted accepted)
      : front(home),
        address(accepted.remote),
        is_half_open(home.parts_.options.tls != nullptr),
        connection(home.parts_.reactor, *this, home.parts_.options, std::move(accepted)) {}

  void connection_changed(conn::Connection&) override {
    if (is_half_open && (connection.was_open() || connection.is_dead())) leave_half_open();
  }
  void destroy(conn::Connection&) override {
    if (is_half_open) leave_half_open();
    front.parts_.limits.leave(address);
    front.slab_.destroy(*this);
  }

  void leave_half_open() {
    is_half_open = false;
    front.parts_.limits.leave_half_open();
  }

  TcpFront& front;
  const Address address;
  bool is_half_open;
  conn::TcpConnection connection;
};

TcpFront::TcpFront(const Parts& parts, io::Fd listener) : parts_(parts), listener_(std::move(listener)) {
  parts_.options.role = codec::Role::server;
  parts_.options.codecs = this;
  // A socket of ours that the loop can't watch is a broken invariant, not a condition to live with.
  const bool is_watched = !listener_.is_open() || parts_.reactor.loop.add(listener_.get(), *this).has_value();
  if (!is_watched) std::abort();
}

TcpFront::~TcpFront() {
  parts_.reactor.timers.disarm(*this);
}

bool TcpFront::accept_more() {
  for (int count = 0; has_waiting_ && count < kAcceptsPerTurnMax; ++count) {
    auto accepted = io::accept_tcp(listener_.get());
    if (accepted) {
      admit(std::move(*accepted));
      continue;
    }
    // A connection that was reset before we took it is no reason to stop.
    if (accepted.error().code == ErrorCode::reset) continue;
    has_waiting_ = false;
    if (accepted.error().code == ErrorCode::exhausted) {
      parts_.reactor.timers.arm(*this, parts_.reactor.turn.now + kExhaustedPause);
    }
  }
  return has_waiting_;
}

void TcpFront::admit(io::Accepted accepted) {
  conn::ClientLimits& limits = parts_.limits;
  const bool has_handshake = parts_.options.tls != nullptr;
  const bool is_admitted =
      has_handshake ? limits.enter_half_open(accepted.remote) : limits.enter(accepted.remote);
  if (!is_admitted) {
    ++refused_;  // closing says enough
    return;
  }
  ++accepted_;
  clients_.push_front(slab_.make(*this, std::move(accepted)));
}

void TcpFront::drain() {
  if (listener_.is_open()) parts_.reactor.loop.remove(listener_.get());
  listener_ = io::Fd();
  parts_.reactor.timers.disarm(*this);
  has_waiting_ = false;
  clients_.for_each([](Client& client) { client.connection.drain(); });
}

void TcpFront::close_all() {
  clients_.for_each([](Client& client) { client.connection.close(); });
}

void TcpFront::visit_newest(size_t count_max,
                            const std::function<void(const conn::TcpConnection&)>& visitor) const {
  const Client* client = clients_.front();
  for (size_t count = 0; client != nullptr && count < count_max; ++count) {
    visitor(client->connection);
    client = clients_.next(*client);
  }
}

void TcpFront::set_tls(std::shared_ptr<const transport::TlsContext> tls) {
  if (parts_.options.tls != nullptr) parts_.options.tls = std::move(tls);
}

void TcpFront::handle_events(io::Events, const Turn&) {
  has_waiting_ = listener_.is_open();
}

std::unique_ptr<codec::Codec> TcpFront::make_codec(std::string_view alpn, codec::CodecOwner& owner,
                                                   const http::Peer& peer, conn::Reactor&) {
  if (!alpn.empty() && alpn != "http/1.1") return nullptr;
  return std::make_unique<codec::H1Codec>(codec::Role::server, owner, &parts_.acceptor, parts_.h1, peer);
}

}  // namespace qp::server
