#include "network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::sim {

namespace {

Network* g_current = nullptr;  // io's functions are free functions: this is the only way to reach their world

bool covers(const Address& bound, const Address& asked) {
  if (bound.port() != asked.port()) return false;
  const std::string ip = bound.ip_text();
  return ip == "::" || ip == "0.0.0.0" || ip == asked.ip_text();
}

}  // namespace

Network::Network(uint64_t seed, const Faults& faults) : random_(seed), faults_(faults) {
  assert(g_current == nullptr);
  g_current = this;
}

Network::~Network() {
  g_current = nullptr;
}

Network& Network::current() {
  assert(g_current != nullptr);
  return *g_current;
}

void Network::tell(const std::string& line) const {
  if (is_traced_)
    fmt::print("{:12.6f}  {}\n",
               std::chrono::duration<double>(now_ - TimePoint(std::chrono::hours(1))).count(), line);
}

void Network::tell_sockets() const {
  for (const auto& [fd, socket] : sockets_) {
    if (!socket.is_stream()) continue;
    tell(fmt::format("{} to {}: {} bytes unread, {} under way, {} sent{}{}{}", fd, socket.peer,
                     socket.received.size(), socket.in_flight, socket.sent,
                     socket.wants_room ? ", wants room" : "", socket.has_end ? ", ended" : "",
                     socket.was_reset ? ", reset" : ""));
  }
}

// ---- time

void Network::advance(TimePoint at) {
  while (!arrivals_.empty() && arrivals_.top().at <= at) {
    now_ = std::max(now_, arrivals_.top().at);
    const auto action = arrivals_.top().action;
    arrivals_.pop();
    ++deliveries_;
    action();
  }
  now_ = std::max(now_, at);
}

void Network::later(Duration delay, std::function<void()> action) {
  arrivals_.push({now_ + delay, order_++, std::move(action)});
}

Duration Network::latency() {
  const auto jitter = static_cast<uint32_t>(faults_.jitter.count());
  return faults_.latency + Duration(jitter == 0 ? 0 : random_.below(jitter));
}

// ---- descriptors

Socket& Network::open() {
  const int fd = next_fd_++;
  Socket& socket = sockets_[fd];
  socket.fd = fd;
  return socket;
}

void Network::close(int fd) {
  Socket* socket = find(fd);
  if (socket == nullptr) return;
  if (socket->is_stream() && socket->peer >= 0 && !socket->was_reset) {
    // Bytes that nobody will read are answered by a reset, as the kernel has it.
    const bool is_clean = socket->received.empty() && !socket->resets_on_close;
    if (is_clean && !socket->sent_end) send_end(*socket);
    if (!is_clean || socket->in_flight > 0) send_reset(*socket);
    orphan(at(socket->peer));
  }
  if (socket->is_stream()) tell(fmt::format("{} closed, {} bytes unread", fd, socket->received.size()));
  const std::deque<int> waiting = std::move(socket->backlog);
  sockets_.erase(fd);
  signalled_.erase(fd);
  for (const int stillborn : waiting) {
    if (Socket* one = find(stillborn)) send_reset(*one);
    close(stillborn);
  }
}

Socket* Network::find(int fd) {
  const auto found = sockets_.find(fd);
  return found == sockets_.end() ? nullptr : &found->second;
}

Socket& Network::at(int fd) {
  Socket* socket = find(fd);
  assert(socket != nullptr);
  return *socket;
}

Socket* Network::find_listener(const Address& address) {
  std::vector<Socket*> found;  // reuse_port: any of them
  for (auto& [fd, socket] : sockets_) {
    if (socket.is_listener && covers(socket.local, address)) found.push_back(&socket);
  }
  return found.empty() ? nullptr : found[random_.below(static_cast<uint32_t>(found.size()))];
}

// Of a reuse_port group, the one that the sender's address hashes to: as the kernel does it when it isn't
// told better.
Socket* Network::find_udp(const Address& outer, const Address& sender) {
  std::vector<Socket*> found;
  for (auto& [fd, socket] : sockets_) {
    if (socket.is_udp && covers(socket.outer, outer)) found.push_back(&socket);
  }
  return found.empty() ? nullptr : found[sender.port() * 0x9e3779b9u / 16 % found.size()];
}

// ---- readiness

namespace {

io::Events events_of(Network& network, const Socket& socket) {
  if (socket.is_listener) return {.readable = !socket.backlog.empty()};
  if (socket.is_wakeup) return {.readable = socket.is_signalled, .writable = true};
  if (socket.is_udp) return {.readable = !socket.datagrams.empty(), .writable = !socket.is_blocked};
  const bool is_broken = socket.was_reset || socket.is_refused;
  return {.readable = !socket.received.empty() || socket.has_end || is_broken,
          .ended = socket.has_end || is_broken,
          .writable = is_broken || (!socket.is_connecting && !socket.wants_room && network.room(socket) > 0),
          .hung_up = is_broken || (socket.has_end && socket.sent_end)};
}

}  // namespace

void Network::watch(Socket& socket, io::EventHandler& handler, const void* loop) {
  socket.handler = &handler;
  socket.loop = loop;
  signal(socket);  // what is true already is told once
}

void Network::unwatch(int fd) {
  if (Socket* socket = find(fd)) socket->handler = nullptr;
  signalled_.erase(fd);
}

void Network::signal(Socket& socket) {
  if (socket.handler != nullptr) signalled_.insert(socket.fd);
}

bool Network::has_ready(const void* loop) const {
  return std::any_of(signalled_.begin(), signalled_.end(),
                     [&](int fd) { return sockets_.at(fd).loop == loop; });
}

std::vector<io::Ready> Network::take_ready(const void* loop, size_t count_max) {
  std::vector<io::Ready> ready;
  std::vector<int> fds(signalled_.begin(), signalled_.end());
  for (size_t i = fds.size(); i > 1; --i)
    std::swap(fds[i - 1], fds[random_.below(static_cast<uint32_t>(i))]);
  for (const int fd : fds) {
    Socket& socket = at(fd);
    if (socket.loop != loop || ready.size() == count_max) continue;
    signalled_.erase(fd);
    const io::Events events = events_of(*this, socket);
    if (events.readable || events.writable || events.hung_up) ready.push_back({socket.handler, events, fd});
  }
  return ready;
}

// ---- TCP

void Network::connect(Socket& socket, const Address& remote) {
  socket.remote = remote;
  socket.local = *Address::parse("127.0.0.1", free_port());
  socket.is_connecting = true;
  const bool is_lost = happens(faults_.connect_lost_one_in);
  const bool is_refused = happens(faults_.connect_refused_one_in);
  tell(fmt::format("{} connects to {}{}{}", socket.fd, remote.text(), is_lost ? ", lost" : "",
                   is_refused ? ", refused" : ""));
  if (is_lost) return;
  later(latency(), [this, fd = socket.fd, remote, is_refused] {
    Socket* client = find(fd);
    if (client == nullptr) return;
    if (!is_refused && find_listener(remote) != nullptr) return accept_connection(fd, remote);
    client->is_connecting = false;
    client->is_refused = true;
    signal(*client);
  });
}

void Network::accept_connection(int fd, const Address& remote) {
  Socket& listener = *find_listener(remote);
  Socket& client = at(fd);
  Socket& server = open();
  server.local = remote;
  server.remote = client.local;
  server.peer = fd;
  client.peer = server.fd;
  tell(fmt::format("{} is connected to {}", fd, server.fd));
  plan_cut(client);
  plan_cut(server);
  listener.backlog.push_back(server.fd);
  signal(listener);
  arrive_in_order(client, [this](Socket& connected) {
    connected.is_connecting = false;
    signal(connected);
  });
}

void Network::plan_cut(Socket& socket) {
  if (!happens(faults_.tcp_cut_one_in)) return;
  // Half of them early, where heads are.
  socket.cut_at = random_.below(random_.one_in(2) ? 300 : faults_.tcp_cut_bytes_max);
  const bool is_spared = spared_.contains(socket.local.text()) || spared_.contains(socket.remote.text());
  socket.is_quiet_cut = !is_spared && random_.one_in(2);
}

size_t Network::room(const Socket& from) {
  const Socket* to = find(from.peer);
  if (to == nullptr) return faults_.tcp_window_bytes;  // nobody is there any more: it vanishes
  const uint64_t used = to->in_flight + to->received.size();
  return used >= faults_.tcp_window_bytes ? 0 : static_cast<size_t>(faults_.tcp_window_bytes - used);
}

// The reader has made room: its peer, if it waits for some, learns of it.
void Network::tell_room(Socket& reader) {
  Socket* writer = find(reader.peer);
  if (writer == nullptr || !writer->wants_room || room(*writer) < faults_.tcp_window_bytes / 3) return;
  writer->wants_room = false;
  later(latency(), [this, fd = writer->fd] {
    if (Socket* waiting = find(fd)) signal(*waiting);
  });
}

void Network::send(Socket& from, std::string bytes) {
  Socket* to = find(from.peer);
  if (to == nullptr) return reset_later(from.fd);  // a closed socket answers what it gets by a reset
  const bool is_cut = from.sent + bytes.size() >= from.cut_at;
  if (is_cut) bytes.resize(from.cut_at - from.sent);
  from.sent += bytes.size();
  while (!bytes.empty()) {
    const size_t size =
        1 +
        random_.below(static_cast<uint32_t>(std::min<size_t>(bytes.size(), faults_.tcp_segment_bytes_max)));
    to->in_flight += size;
    arrive_in_order(*to, [this, part = bytes.substr(0, size)](Socket& arrived) {
      arrived.in_flight -= part.size();
      arrived.received += part;
      signal(arrived);
    });
    bytes.erase(0, size);
  }
  if (is_cut) cut(from);
}

// As if the sending process had died right after this byte, or the path had broken.
void Network::cut(Socket& from) {
  tell(fmt::format("{} is cut after {} bytes{}", from.fd, from.sent, from.is_quiet_cut ? ", quietly" : ""));
  if (from.is_quiet_cut) {
    send_end(from);
  } else {
    send_reset(from);
  }
  orphan(at(from.peer));
  from.peer = -1;
  reset_later(from.fd);
}

// Its peer is gone. What it still sends vanishes and is answered by a reset, so there is room for it.
void Network::orphan(Socket& socket) {
  socket.peer = -1;
  if (!std::exchange(socket.wants_room, false)) return;
  later(latency(), [this, fd = socket.fd] {
    if (Socket* waiting = find(fd)) signal(*waiting);
  });
}

void Network::send_end(Socket& from) {
  from.sent_end = true;
  Socket* to = find(from.peer);
  if (to == nullptr) return;
  arrive_in_order(*to, [this](Socket& arrived) {
    arrived.has_end = true;
    signal(arrived);
  });
}

void Network::send_reset(Socket& from) {
  if (Socket* to = find(from.peer)) reset_later(to->fd);
}

// A reset overtakes nothing, but what it finds unread it may destroy.
void Network::reset_later(int fd) {
  arrive_in_order(at(fd), [this](Socket& arrived) {
    arrived.was_reset = true;
    if (random_.one_in(2)) arrived.received.clear();
    signal(arrived);
  });
}

void Network::arrive_in_order(Socket& to, std::function<void(Socket&)> action) {
  to.last_arrival = std::max(to.last_arrival, now_ + latency());
  arrivals_.push({to.last_arrival, order_++, [this, fd = to.fd, action = std::move(action)] {
                    Socket* arrived = find(fd);
                    if (arrived != nullptr && !arrived->was_reset) action(*arrived);
                  }});
}

// ---- UDP

void Network::send_datagram(const Address& from, const Address& to, uint8_t ecn, std::string bytes) {
  if (bytes.size() > faults_.udp_bytes_max || happens(faults_.udp_loss_one_in)) return;
  const int copies = happens(faults_.udp_duplicate_one_in) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const Duration detour = happens(faults_.udp_delay_one_in) ? latency() * 3 : Duration{};
    later(latency() + detour, [this, from, to, ecn, bytes] {
      Socket* socket = find_udp(to, from);
      if (socket == nullptr) return;
      socket->datagrams.push_back({from, to, ecn, bytes});
      signal(*socket);
    });
  }
}

}  // namespace qp::sim
