#include "server/host.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "server/codec_settings.h"

namespace qp::server {

namespace {

conn::TcpOptions tcp_options(const config::Server& server, std::shared_ptr<const transport::TlsContext> tls) {
  conn::TcpOptions options;
  options.tls = std::move(tls);
  options.handshake_timeout = server.timeouts.client_handshake;
  options.head_timeout = server.timeouts.client_header;
  options.idle_timeout = server.timeouts.client_idle;
  options.write_timeout = server.timeouts.client_write_idle;
  return options;
}

}  // namespace

Host::Host(const config::Limits& limits, uint64_t seed, uint32_t place)
    : random_(seed),
      reactor_{.loop = loop_,
               .timers = timers_,
               .blocks = blocks_,
               .random = random_,
               .turn = io::EventLoop::read_clock()},
      h1_(h1_settings(limits)),
      backend_codecs_(h1_),
      pools_(reactor_, backend_codecs_, seed + place),
      limits_(limits.connections_per_worker_max, limits.connections_per_ip_max,
              limits.half_open_handshakes_max) {}

Host::~Host() = default;

void Host::watch(int fd, io::EventHandler& handler) {
  // A descriptor of ours that the loop can't watch is a broken invariant, not a condition to live with.
  if (!loop_.add(fd, handler)) std::abort();
}

void Host::listen(io::Fd listener, http::StreamAcceptor& acceptor, const config::Server& server,
                  std::shared_ptr<const transport::TlsContext> tls) {
  fronts_.push_back(std::make_unique<TcpFront>(
      TcpFront::Parts{reactor_, acceptor, limits_, tcp_options(server, std::move(tls)), h1_},
      std::move(listener)));
}

void Host::set_tls(const std::shared_ptr<const transport::TlsContext>& tls) {
  for (const auto& front : fronts_)
    front->set_tls(tls);
}

void Host::drain_fronts() {
  for (const auto& front : fronts_)
    front->drain();
}

void Host::close_fronts() {
  for (const auto& front : fronts_)
    front->close_all();
}

void Host::close_pools() {
  advance();  // whoever waits for a closed connection learns of its end
  pools_.close_all();
  reap();
}

void Host::turn() {
  const auto ready = loop_.poll(has_leftovers() ? TimePoint::min() : timers_.next_deadline());
  reactor_.turn = io::EventLoop::read_clock();  // the only look at the clock
  begin_turn();
  for (const io::Ready& one : ready)
    one.handler->handle_events(one.events, reactor_.turn);
  if (std::exchange(mail_bell_.is_rung, false)) take_mail();
  has_more_ = ingest();
  for (const auto& front : fronts_)
    has_more_ |= front->accept_more();
  timers_.expire(reactor_.turn.now);
  int round = 0;
  do {  // once at least: answers to strangers leave at flush, too, and make nobody dirty
    advance();
    conn::flush_dirty(reactor_);
    flush();
  } while (++round < kRoundsMax && is_dirty());
  reap();
  end_turn();
}

bool Host::is_dirty() const {
  return !reactor_.dirty.empty() || std::ranges::any_of(deciders_, &Decider::is_dirty);
}

bool Host::has_leftovers() const {
  // A front that had run out of descriptors goes on when its timer rings, which is after this turn's ingest.
  return has_more_ || is_dirty() || !reactor_.dead.empty() ||
         std::ranges::any_of(fronts_, [](const auto& front) { return front->has_waiting(); });
}

void Host::advance() {
  for (Decider* decider : deciders_)
    decider->advance();
}

void Host::reap() {
  for (Decider* decider : deciders_)
    decider->reap();
  conn::reap_dead(reactor_);
  pools_.sweep();
}

}  // namespace qp::server
