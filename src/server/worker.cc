#include "server/worker.h"

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

conn::QuicRouterOptions router_options(const config::Server& server,
                                       std::shared_ptr<const transport::TlsContext> tls,
                                       http::StreamAcceptor& acceptor) {
  conn::QuicRouterOptions options;
  options.connections.acceptor = &acceptor;
  options.connections.tls = std::move(tls);
  options.connections.quic = quic_settings(server);
  options.connections.h3 = h3_settings(server.limits);
  options.connections.head_timeout = server.timeouts.client_header;
  options.connections.idle_timeout = server.timeouts.client_idle;
  options.retry = retry_mode(server.quic.retry);
  options.retry_above_half_open = server.quic.retry_above_half_open;
  return options;
}

std::optional<observe::AccessLog> make_access_log(const Worker::Parts& parts) {
  const config::AccessLog& wanted = parts.snapshot->config.telemetry.logging.access_log;
  if (!wanted.enabled) return std::nullopt;
  return observe::AccessLog(parts.log_ring, access_log_format(wanted.format));
}

}  // namespace

Worker::Worker(Parts parts)
    : index_(parts.index),
      random_(parts.seed),
      reactor_{.loop = loop_,
               .timers = timers_,
               .blocks = blocks_,
               .random = random_,
               .turn = io::EventLoop::read_clock()},
      backend_codecs_(h1_settings(parts.snapshot->config.server.limits)),
      pools_(reactor_, backend_codecs_, parts.seed + parts.index),
      access_log_(make_access_log(parts)),
      exchanges_({reactor_.turn, timers_, blocks_, random_, pools_, access_log_ ? &*access_log_ : nullptr},
                 parts.snapshot),
      limits_(parts.snapshot->config.server.limits.connections_per_worker_max,
              parts.snapshot->config.server.limits.connections_per_ip_max,
              parts.snapshot->config.server.limits.half_open_handshakes_max),
      post_(std::move(parts.post)),
      control_(parts.control),
      log_ring_(parts.log_ring) {
  const config::Server& server = parts.snapshot->config.server;
  const codec::H1Settings h1 = h1_settings(server.limits);
  if (parts.sockets.secure.is_open()) {
    secure_.emplace(TcpFront::Parts{reactor_, exchanges_, limits_, tcp_options(server, parts.tls), h1},
                    std::move(parts.sockets.secure));
  }
  if (parts.sockets.plain.is_open()) {
    plain_.emplace(TcpFront::Parts{reactor_, exchanges_, limits_, tcp_options(server, nullptr), h1},
                   std::move(parts.sockets.plain));
  }
  if (parts.sockets.quic) {
    quic_.emplace(
        conn::QuicRouter::Parts{.reactor = reactor_,
                                .limits = limits_,
                                .forwarder = this,
                                .secret = parts.secret,
                                .place = {.generation = 0, .worker = static_cast<uint16_t>(parts.index)},
                                .workers = parts.workers},
        router_options(server, parts.tls, exchanges_), std::move(*parts.sockets.quic));
  }
  if (!loop_.add(mailbox_.fd(), *this)) std::abort();
}

Worker::~Worker() {
  handle(Stop{});
  exchanges_.advance();  // whoever waits for a stopped connection learns of its end
  pools_.close_all();
  reap();
}

void Worker::run() {
  while (!is_finished())
    turn();
  control_.post(WorkerEnded{index_});
}

// The order of everything: bytes come up, decisions are made, bytes go down, and what is over is destroyed.
void Worker::turn() {
  const auto ready = loop_.poll(has_leftovers() ? TimePoint::min() : timers_.next_deadline());
  reactor_.turn = io::EventLoop::read_clock();  // the only look at the clock
  for (const io::Ready& one : ready)
    one.handler->handle_events(one.events, reactor_.turn);
  take_mail();
  ingest();
  timers_.expire(reactor_.turn.now);
  for (int round = 0; round < kRoundsMax && (exchanges_.is_dirty() || !reactor_.dirty.empty()); ++round) {
    exchanges_.advance();
    flush();
  }
  reap();
  tell_of_log();
}

bool Worker::is_finished() const {
  return (is_draining_ || is_stopped_) && exchanges_.live() == 0 && limits_.connections() == 0;
}

bool Worker::has_leftovers() const {
  // A front that had run out of descriptors goes on when its timer rings, which is after this turn's ingest.
  if ((secure_ && secure_->has_waiting()) || (plain_ && plain_->has_waiting())) return true;
  return has_more_ || exchanges_.is_dirty() || !reactor_.dirty.empty() || !reactor_.dead.empty();
}

void Worker::take_mail() {
  if (!std::exchange(has_mail_, false)) return;
  for (WorkerMessage& message : mailbox_.take_all()) {
    std::visit([this](auto& content) { handle(content); }, message);
  }
}

void Worker::forward(uint32_t worker, const io::Datagram& datagram) {
  post_(worker, ForwardedDatagram{.bytes = {datagram.bytes.begin(), datagram.bytes.end()},
                                  .local = datagram.local,
                                  .remote = datagram.remote,
                                  .ecn = datagram.ecn});
}

void Worker::handle(ForwardedDatagram& forwarded) {
  if (!quic_) return;
  quic_->handle(
      {.local = forwarded.local, .remote = forwarded.remote, .ecn = forwarded.ecn, .bytes = forwarded.bytes});
}

void Worker::handle(const Install& install) {
  exchanges_.install(install.snapshot);
}

void Worker::handle(const Addresses& news) {
  pools_.set_addresses(*news.backend, news.addresses);
}

void Worker::handle(const Drain&) {
  if (std::exchange(is_draining_, true)) return;
  if (secure_) secure_->drain();
  if (plain_) plain_->drain();
  if (quic_) quic_->drain();
}

void Worker::handle(const Stop&) {
  if (std::exchange(is_stopped_, true)) return;
  handle(Drain{});
  if (secure_) secure_->close_all();
  if (plain_) plain_->close_all();
  if (quic_) quic_->close_all();
}

void Worker::ingest() {
  has_more_ = false;
  if (quic_) has_more_ |= quic_->receive_more();
  if (secure_) has_more_ |= secure_->accept_more();
  if (plain_) has_more_ |= plain_->accept_more();
}

void Worker::flush() {
  conn::flush_dirty(reactor_);
  if (quic_) quic_->flush();
}

void Worker::reap() {
  exchanges_.reap();
  conn::reap_dead(reactor_);
  pools_.sweep();
}

// Control looks for lines now and then; under load that is not often enough. It is woken once each time the
// ring fills up.
void Worker::tell_of_log() {
  const bool is_filling = log_ring_.is_half_full();
  if (is_filling && !has_told_of_log_) control_.post(LogWaiting{});
  has_told_of_log_ = is_filling;
}

}  // namespace qp::server
