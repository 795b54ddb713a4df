#include "conn/quic_router.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace qp::conn {

namespace {

using transport::ConnectionId;
using transport::PacketIds;
using transport::TokenSeal;

constexpr size_t kInitialBytesMin = 1200;     // RFC 9000 §14.1
constexpr size_t kClientIdBytesMin = 8;       // of an Initial's destination (§7.2)
constexpr size_t kResetTriggerBytesMin = 44;  // a reset must be shorter, and still look like a packet (§10.3)
constexpr size_t kStatelessBytesMax = 1200;

}  // namespace

struct QuicRouter::Entry {
  Entry(QuicRouter& router, ConnectionOwner* user, const QuicOptions& options, const Address& local,
        const Address& remote_address)
      : client_owner(user),
        remote(remote_address),
        connection(router.parts_.reactor, router, router, options, local, remote_address) {}

  ConnectionOwner* const client_owner;  // client role: who asked for it
  const Address remote;                 // server role: the address that was counted, wherever it moves
  bool is_half_open = false;            // server role
  QuicConnection connection;
};

size_t QuicRouter::IdHash::operator()(const ConnectionId& id) const {
  uint64_t hash = seed ^ id.size;
  for (size_t at = 0; at < id.data.size(); at += 4) {  // the bytes behind the ID are zero
    uint32_t part;
    std::memcpy(&part, id.data.data() + at, sizeof part);
    hash = (hash ^ part) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return hash;
}

QuicRouter::QuicRouter(const Parts& parts, QuicRouterOptions options, io::UdpSocket socket)
    : parts_(parts),
      options_(std::move(options)),
      socket_(std::move(socket)),
      ids_(parts.identity, parts.place, parts.workers),
      tokens_(parts.identity.secrets),
      by_id_(0, IdHash{parts.reactor.random.next()}),
      answers_left_(options_.stateless_answers_per_second_max) {
  // A socket of ours that the loop can't watch is a broken invariant, not a condition to live with.
  if (!parts_.reactor.loop.add(socket_.fd(), *this, io::Interest::reading)) std::abort();
}

QuicRouter::~QuicRouter() {
  parts_.reactor.loop.remove(socket_.fd());
}

void QuicRouter::handle_events(io::Events events, const Turn&) {
  if (events.readable) is_readable_ = true;
  if (!events.writable) return;
  socket_.flush();
  if (socket_.is_blocked()) return;
  while (QuicConnection* connection = waiting_.pop_front())
    connection->mark_dirty();
}

bool QuicRouter::receive_more() {
  if (!is_readable_) return false;
  for (const io::Datagram& datagram : socket_.receive())
    handle(datagram);
  is_readable_ = socket_.may_have_more();
  return is_readable_;
}

void QuicRouter::flush() {
  socket_.flush();
  if (std::exchange(awaits_room_, socket_.is_blocked()) == awaits_room_) return;
  parts_.reactor.loop.change(socket_.fd(), awaits_room_ ? io::Interest::all : io::Interest::reading);
}

void QuicRouter::handle(const io::Datagram& datagram) {
  const std::optional<PacketIds> ids = transport::decode_packet_ids(datagram.bytes, ids_.id_bytes());
  if (!ids) {
    ++stats_.malformed;
    return;
  }
  if (ids->destination.size() <= ConnectionId::kBytesMax) {
    const auto found = by_id_.find(ConnectionId(ids->destination));
    if (found != by_id_.end()) return found->second->handle(datagram);
  }
  handle_stranger(datagram, *ids);
}

void QuicRouter::handle_stranger(const io::Datagram& datagram, const PacketIds& ids) {
  const bool is_ours_to_know = !ids.is_long || transport::is_version_supported(ids.version);
  if (is_ours_to_know && parts_.forwarder != nullptr) {
    const std::optional<QuicIdSealer::Place> place = ids_.open(ids.destination);
    if (place && place->generation == parts_.place.generation && place->worker != parts_.place.worker &&
        place->worker < parts_.workers) {
      ++stats_.forwarded;
      return parts_.forwarder->forward(place->worker, datagram);
    }
  }
  if (!ids.is_long) return send_reset(datagram, ids);
  if (options_.connections.role == codec::Role::client) return;
  if (ids.is_initial) return handle_initial(datagram, ids);
  if (ids.version == 0 || transport::is_version_supported(ids.version)) return;  // late, or not for us
  if (!may_answer()) return;
  const bool is_answered = answer(datagram, [&](std::span<unsigned char> out) {
    return transport::write_version_negotiation(out, ids, datagram.bytes.size());
  });
  if (is_answered) ++stats_.version_negotiations_sent;
}

void QuicRouter::handle_initial(const io::Datagram& datagram, const PacketIds& ids) {
  if (datagram.bytes.size() < kInitialBytesMin || ids.destination.size() < kClientIdBytesMin ||
      ids.destination.size() > ConnectionId::kBytesMax || ids.source.size() > ConnectionId::kBytesMax) {
    ++stats_.malformed;
    return;
  }
  if (is_draining_) return refuse(datagram, ids, transport::Refusal::connection_refused);
  const TokenSeal::Opened token = tokens_.open(ids, datagram.remote, parts_.reactor.turn.wall);
  switch (token.verdict) {
    case TokenSeal::Verdict::invalid: return refuse(datagram, ids, transport::Refusal::invalid_token);
    case TokenSeal::Verdict::unknown:
      if (needs_retry()) return send_retry(datagram, ids);
      break;
    case TokenSeal::Verdict::retry: ++stats_.retries_validated; break;
    case TokenSeal::Verdict::regular: ++stats_.tokens_validated; break;
  }
  if (!parts_.limits.enter_half_open(datagram.remote)) {
    return refuse(datagram, ids, transport::Refusal::connection_refused);
  }
  accept(datagram, ids, token);
}

void QuicRouter::accept(const io::Datagram& datagram, const PacketIds& ids, const TokenSeal::Opened& token) {
  auto entry = std::make_unique<Entry>(*this, nullptr, options_.connections, datagram.local, datagram.remote);
  QuicConnection& connection = entry->connection;
  const transport::QuicAccept accepted{.version = ids.version,
                                       .client_id = ConnectionId(ids.source),
                                       .first_id = ConnectionId(ids.destination),
                                       .original_id = token.original_id,
                                       .token = ids.token,
                                       .is_address_validated = token.verdict != TokenSeal::Verdict::unknown};
  if (!connection.accept(accepted)) {
    ++stats_.malformed;
    parts_.limits.leave_half_open();
    parts_.limits.leave(datagram.remote);
    return;
  }
  ++stats_.accepted;
  if (ids.version != 1) ++stats_.accepted_v2;
  entry->is_half_open = true;
  add(std::move(entry));
  connection.handle(datagram);
}

Result<QuicConnection*> QuicRouter::connect(ConnectionOwner& owner, const Address& remote,
                                            std::string_view server_name) {
  auto entry = std::make_unique<Entry>(*this, &owner, options_.connections, socket_.local(), remote);
  QuicConnection& connection = entry->connection;
  if (auto begun = connection.connect(server_name); !begun) return std::unexpected(begun.error());
  add(std::move(entry));
  return &connection;
}

void QuicRouter::add(std::unique_ptr<Entry> entry) {
  QuicConnection& connection = entry->connection;
  newest_first_.push_front(connection);
  connections_.emplace(&connection, std::move(entry));
}

void QuicRouter::visit_newest(size_t count_max,
                              const std::function<void(const QuicConnection&)>& visitor) const {
  const QuicConnection* connection = newest_first_.front();
  for (size_t count = 0; connection != nullptr && count < count_max; ++count) {
    visitor(*connection);
    connection = newest_first_.next(*connection);
  }
}

void QuicRouter::drain() {
  is_draining_ = true;
  for (const auto& [key, entry] : connections_)
    entry->connection.drain();
}

void QuicRouter::close_all() {
  drain();
  for (const auto& [key, entry] : connections_)
    entry->connection.close();
}

// ---- What connections ask for.

void QuicRouter::connection_changed(Connection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;  // it failed before it was one of ours
  Entry& entry = *found->second;
  if (entry.connection.is_handshake_completed() || entry.connection.is_ended()) leave_half_open(entry);
  if (entry.client_owner != nullptr) entry.client_owner->connection_changed(connection);
}

void QuicRouter::destroy(Connection& connection) {
  const auto found = connections_.find(&connection);
  Entry& entry = *found->second;
  leave_half_open(entry);
  if (entry.client_owner != nullptr) {
    entry.client_owner->destroy(connection);
  } else {
    parts_.limits.leave(entry.remote);
  }
  count_end(entry.connection);
  const std::unique_ptr<Entry> last = std::move(found->second);
  connections_.erase(found);  // before it dies: its session gives its IDs back
}

void QuicRouter::leave_half_open(Entry& entry) {
  if (!std::exchange(entry.is_half_open, false)) return;
  parts_.limits.leave_half_open();
  if (entry.connection.is_handshake_completed()) {
    stats_.handshakes.observe(observe::nanoseconds(parts_.reactor.turn.now - entry.connection.began()));
  } else {
    ++stats_.handshakes_failed;
  }
}

void QuicRouter::count_end(const QuicConnection& connection) {
  const transport::QuicClose cause = connection.close_cause();
  ++stats_.closed[static_cast<size_t>(cause.by)];
  if (cause.kind != transport::QuicClose::Kind::application) return;
  const uint32_t code = observe::h3_code_index(cause.code);
  if (cause.by == transport::QuicClose::By::us) ++stats_.errors_sent[code];
  if (cause.by == transport::QuicClose::By::peer) ++stats_.errors_received[code];
}

void QuicRouter::add_id(const ConnectionId& id, QuicConnection& connection) {
  by_id_.emplace(id, &connection);
}
void QuicRouter::remove_id(const ConnectionId& id) {
  by_id_.erase(id);
}

size_t QuicRouter::make_token(std::span<unsigned char> out, const Address& remote) {
  return tokens_.seal_regular(out, remote, parts_.reactor.turn.wall);
}

void QuicRouter::wait_for_socket(QuicConnection& connection) {
  if (!waiting_.holds(connection)) waiting_.push_back(connection);
}

// ---- Answers without state. Each goes out from the address it was asked at.

bool QuicRouter::needs_retry() const {
  switch (options_.retry) {
    case QuicRouterOptions::Retry::off: return false;
    case QuicRouterOptions::Retry::adaptive:
      return parts_.limits.half_open() >= options_.retry_above_half_open;
    case QuicRouterOptions::Retry::always: return true;
  }
  return false;
}

void QuicRouter::send_retry(const io::Datagram& datagram, const PacketIds& ids) {
  const ConnectionId retry_id = ids_.make_id();
  std::array<unsigned char, TokenSeal::kBytesMax> token;
  const size_t size = tokens_.seal_retry(token, ids.version, datagram.remote, retry_id,
                                         ConnectionId(ids.destination), parts_.reactor.turn.wall);
  const bool is_sent = answer(datagram, [&](std::span<unsigned char> out) {
    return transport::write_retry(out, ids, retry_id, std::span(token).first(size));
  });
  if (is_sent) ++stats_.retries_sent;
}

void QuicRouter::send_reset(const io::Datagram& datagram, const PacketIds& ids) {
  if (datagram.bytes.size() < kResetTriggerBytesMin || ids.destination.size() != ids_.id_bytes()) return;
  if (!may_answer()) return;
  const bool is_sent = answer(datagram, [&](std::span<unsigned char> out) {
    return transport::write_stateless_reset(out, ids_.reset_token(ConnectionId(ids.destination)),
                                            datagram.bytes.size());
  });
  if (is_sent) ++stats_.resets_sent;
}

void QuicRouter::refuse(const io::Datagram& datagram, const PacketIds& ids, transport::Refusal refusal) {
  ++stats_.refused;
  if (!may_answer()) return;
  answer(datagram,
         [&](std::span<unsigned char> out) { return transport::write_initial_close(out, ids, refusal); });
}

// Whoever makes us answer to addresses that others own, or work for nothing, gets only so much of it a
// second.
bool QuicRouter::may_answer() {
  const TimePoint now = parts_.reactor.turn.now;
  if (now - answers_since_ >= std::chrono::seconds(1)) {
    answers_since_ = now;
    answers_left_ = options_.stateless_answers_per_second_max;
  }
  if (answers_left_ == 0) {
    ++stats_.unanswered;
    return false;
  }
  --answers_left_;
  return true;
}

template <typename Write>
bool QuicRouter::answer(const io::Datagram& datagram, Write write) {
  const std::span<unsigned char> room = socket_.reserve(kStatelessBytesMax);
  if (room.empty()) return false;
  const size_t size = write(room);
  if (size == 0) return false;
  socket_.commit(size, size, datagram.local, datagram.remote, 0);
  return true;
}

}  // namespace qp::conn
