// The functions of src/io once more, over sim::Network. The program links these objects and not the archive
// of the room, so that not a single system call on a socket is left (CMakeLists.txt checks it).
#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <memory>

#include "io/event_loop.h"
#include "io/mailbox.h"
#include "io/socket.h"
#include "io/udp.h"
#include "network.h"

namespace qp::io {

namespace {

sim::Network& network() {
  return sim::Network::current();
}

// Some part of what could be moved, as a kernel does that is short of memory or busy receiving.
size_t some_of(size_t whole) {
  if (whole < 2 || !network().happens(network().faults().partial_one_in)) return whole;
  return 1 + network().random().below(static_cast<uint32_t>(whole - 1));
}

}  // namespace

// ---- TCP

Fd::~Fd() {
  if (fd_ >= 0) network().close(fd_);
}

Result<Fd> listen_tcp(const Address& address, const ListenOptions& options) {
  if (address.port() != 0 && !options.reuse_port && network().find_listener(address) != nullptr) {
    return fail(ErrorCode::address_in_use, Origin::self, "somebody listens there");
  }
  sim::Socket& socket = network().open();
  socket.is_listener = true;
  socket.local = address;
  if (address.port() == 0) socket.local.set_port(network().free_port());
  return Fd(socket.fd);
}

Result<Accepted> accept_tcp(int listener) {
  sim::Socket& socket = network().at(listener);
  if (network().happens(network().faults().accept_exhausted_one_in)) {
    return fail(ErrorCode::exhausted, Origin::self, "no descriptor is left");
  }
  if (socket.backlog.empty()) return fail(ErrorCode::would_block, Origin::self, "nobody waits");
  const sim::Socket& client = network().at(socket.backlog.front());
  socket.backlog.pop_front();
  return Accepted{.fd = Fd(client.fd), .remote = client.remote, .local = client.local};
}

Result<Fd> connect_tcp(const Address& address) {
  sim::Socket& socket = network().open();
  network().connect(socket, address);
  return Fd(socket.fd);
}

// There are no files in the simulated world.
Result<Fd> connect_unix(std::string_view /*path*/) {
  return fail(ErrorCode::unreachable, Origin::self, "there is no such socket");
}

Result<> connect_result(int fd) {
  const sim::Socket& socket = network().at(fd);
  if (socket.is_refused) return fail(ErrorCode::refused, Origin::self, "nobody listens there");
  if (socket.was_reset) return fail(ErrorCode::reset, Origin::self, "the connection was reset");
  return {};
}

Result<Address> local_address(int fd) {
  return network().at(fd).local;
}

Result<size_t> read_some(int fd, std::span<unsigned char> into) {
  assert(!into.empty());
  sim::Socket& socket = network().at(fd);
  if (socket.received.empty()) {
    if (socket.was_reset) return fail(ErrorCode::reset, Origin::self, "the connection was reset");
    if (socket.has_end) return fail(ErrorCode::closed, Origin::self, "the peer closed the connection");
    return fail(ErrorCode::would_block, Origin::self, "nothing has arrived");
  }
  const size_t all = std::min(into.size(), socket.received.size());
  const size_t size = some_of(all);
  std::memcpy(into.data(), socket.received.data(), size);
  socket.received.erase(0, size);
  // A short read means an empty queue (that is what edge-triggered readers rely on); so if it was cut short
  // here, the rest counts as having arrived only now.
  if (size < into.size() && !socket.received.empty()) network().signal(socket);
  network().tell_room(socket);
  return size;
}

Result<size_t> write_some(int fd, std::span<const std::span<const unsigned char>> pieces) {
  sim::Socket& socket = network().at(fd);
  assert(!pieces.empty());
  assert(!socket.sent_end || socket.peer < 0);
  if (socket.was_reset) return fail(ErrorCode::reset, Origin::self, "the connection was reset");
  if (socket.is_connecting) return fail(ErrorCode::would_block, Origin::self, "not connected yet");
  std::string bytes;
  for (const auto& piece : pieces)
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  const size_t size = some_of(std::min(bytes.size(), network().room(socket)));
  if (size < bytes.size()) socket.wants_room = true;
  if (size == 0) return fail(ErrorCode::would_block, Origin::self, "the peer's window is full");
  bytes.resize(size);
  network().send(socket, std::move(bytes));
  if (sim::Socket* peer = network().find(socket.peer))
    network().tell_room(*peer);  // it may have moved less than it could
  return size;
}

void shutdown_write(int fd) {
  sim::Socket& socket = network().at(fd);
  if (!socket.sent_end && !socket.was_reset) network().send_end(socket);
}

void reset_on_close(int fd) {
  network().at(fd).resets_on_close = true;
}

// ---- readiness

EventLoop::EventLoop() = default;

Result<> EventLoop::add(int fd, EventHandler& handler, Interest /*interest*/) {
  network().watch(network().at(fd), handler, this);
  return {};
}

// Nothing to do: here a datagram that leaves is no news for its socket.
void EventLoop::change(int /*fd*/, Interest /*interest*/) {}

void EventLoop::remove(int fd) {
  network().unwatch(fd);
  forget(fd);
}

void EventLoop::forget(int fd) {
  static class Nobody final : public EventHandler {
   public:
    void handle_events(Events, const Turn&) override {}
  } nobody;
  for (Ready& ready : std::span(ready_).first(ready_count_)) {
    if (ready.fd == fd) ready.handler = &nobody;
  }
}

std::span<const Ready> EventLoop::poll(TimePoint deadline) {
  const std::vector<Ready> ready = network().take_ready(this, ready_.size());
  if (ready.empty() && deadline > network().now()) throw sim::Asleep{deadline, this};
  std::copy(ready.begin(), ready.end(), ready_.begin());
  ready_count_ = ready.size();
  return std::span(ready_).first(ready_count_);
}

Turn EventLoop::read_clock() {
  constexpr WallTime kEpoch{std::chrono::seconds(1'750'000'000)};
  return {.now = network().now(), .wall = kEpoch + network().now().time_since_epoch()};
}

Wakeup::Wakeup() {
  sim::Socket& socket = network().open();
  socket.is_wakeup = true;
  fd_ = Fd(socket.fd);
}

void Wakeup::signal() {
  sim::Socket& socket = network().at(fd_.get());
  socket.is_signalled = true;
  network().signal(socket);
}

void Wakeup::clear() {
  network().at(fd_.get()).is_signalled = false;
}

// ---- UDP

struct UdpSocket::State {
  struct Batch {
    size_t bytes;
    size_t segment_bytes;
    Address local;
    Address remote;
    uint8_t ecn;
  };
  static constexpr size_t kArenaBytes = 8 * 64 * 1024;

  explicit State(const Address& bound) : local(bound) {
    sim::Socket& socket = network().open();
    socket.is_udp = true;
    socket.local = socket.outer = local;
    fd = Fd(socket.fd);
  }

  Fd fd;
  Address local;
  UdpStats stats;
  std::deque<sim::SimDatagram> read;  // what the last receive() lent
  std::vector<Datagram> lent;
  std::vector<unsigned char> arena = std::vector<unsigned char>(kArenaBytes);
  size_t used = 0;
  std::vector<Batch> batches;
  bool is_blocked = false;
};

Result<UdpSocket> UdpSocket::bind(const Address& address, const UdpOptions&) {
  Address bound = address;
  if (bound.port() == 0) bound.set_port(network().free_port());
  return UdpSocket(std::make_unique<State>(bound));
}

UdpSocket::UdpSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

int UdpSocket::fd() const {
  return state_->fd.get();
}
Address UdpSocket::local() const {
  return state_->local;
}
int UdpSocket::receive_buffer_bytes() const {
  return 8 * 1024 * 1024;
}
bool UdpSocket::has_segmentation() const {
  return true;
}
bool UdpSocket::has_coalescing() const {
  return true;
}
const UdpStats& UdpSocket::stats() const {
  return state_->stats;
}

std::span<Datagram> UdpSocket::receive() {
  sim::Socket& socket = network().at(fd());
  const size_t count = some_of(std::min(socket.datagrams.size(), kDatagramsMax));
  state_->read.clear();
  state_->lent.clear();
  for (size_t i = 0; i < count; ++i) {
    state_->read.push_back(std::move(socket.datagrams.front()));
    socket.datagrams.pop_front();
    sim::SimDatagram& one = state_->read.back();
    Address local = one.local;
    local.set_port(state_->local.port());  // behind a NAT, a socket knows nothing of its outer port
    const std::span bytes(reinterpret_cast<unsigned char*>(one.bytes.data()), one.bytes.size());
    state_->lent.push_back({.local = local, .remote = one.remote, .ecn = one.ecn, .bytes = bytes});
  }
  ++state_->stats.receive_calls;
  state_->stats.datagrams_received += count;
  return state_->lent;
}

bool UdpSocket::may_have_more() const {
  return !network().at(fd()).datagrams.empty();
}

std::span<unsigned char> UdpSocket::reserve(size_t size_max) {
  assert(size_max <= kBatchBytesMax);
  if (state_->arena.size() - state_->used < size_max) flush();
  if (state_->is_blocked || state_->arena.size() - state_->used < size_max) return {};
  return std::span(state_->arena).subspan(state_->used, size_max);
}

void UdpSocket::commit(size_t bytes, size_t segment_bytes, const Address& local, const Address& remote,
                       uint8_t ecn) {
  assert(bytes > 0);
  assert(segment_bytes > 0);
  state_->batches.push_back({bytes, segment_bytes, local, remote, ecn});
  state_->used += bytes;
}

void UdpSocket::flush() {
  sim::Socket& socket = network().at(fd());
  if (socket.is_blocked) return;
  state_->is_blocked = false;
  if (!state_->batches.empty() && network().happens(network().faults().udp_blocked_one_in)) {
    socket.is_blocked = state_->is_blocked = true;
    network().later(network().latency(), [number = fd()] {
      sim::Socket* waiting = network().find(number);
      if (waiting == nullptr) return;
      waiting->is_blocked = false;
      network().signal(*waiting);
    });
    return;
  }
  size_t at = 0;
  for (const State::Batch& batch : std::exchange(state_->batches, {})) {
    Address from = batch.local.is_set() ? batch.local : socket.outer;
    from.set_port(socket.outer.port());
    for (size_t offset = 0; offset < batch.bytes; offset += batch.segment_bytes) {
      const size_t size = std::min(batch.segment_bytes, batch.bytes - offset);
      const auto* data = reinterpret_cast<const char*>(state_->arena.data()) + at + offset;
      network().send_datagram(from, batch.remote, batch.ecn, std::string(data, size));
      ++state_->stats.datagrams_sent;
    }
    at += batch.bytes;
  }
  state_->used = 0;
}

bool UdpSocket::is_blocked() const {
  return state_->is_blocked;
}

Result<> steer_by_byte(int, uint32_t, uint32_t) {
  return fail(ErrorCode::unsupported, Origin::self, "this network does not steer datagrams");
}

}  // namespace qp::io
