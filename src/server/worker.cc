#include "server/worker.h"

#include <cstdlib>
#include <utility>

#include "server/client_list.h"
#include "server/codec_settings.h"

namespace qp::server {

namespace {

conn::QuicRouterOptions router_options(const config::Server& server,
                                       std::shared_ptr<const transport::TlsContext> tls,
                                       http::StreamAcceptor& acceptor) {
  conn::QuicRouterOptions options;
  options.connections.acceptor = &acceptor;
  options.connections.tls = std::move(tls);
  options.connections.quic = quic_settings(server);
  options.connections.h3 = h3_settings(server.limits);
  options.connections.h3.qpack.encoder_table_bytes = 0;  // decision 0005
  options.connections.head_timeout = server.timeouts.client_header;
  options.connections.idle_timeout = server.timeouts.client_idle;
  options.retry = retry_mode(server.quic.retry);
  options.retry_above_half_open = server.quic.retry_above_half_open;
  return options;
}

}  // namespace

Worker::Worker(Parts parts)
    : Host(parts.snapshot->config.server.limits, parts.seed, parts.index),
      index_(parts.index),
      access_log_(parts.log_ring, reactor().random,
                  access_log_settings(parts.snapshot->config.telemetry.logging.access_log)),
      outlier_watch_(*this),
      metrics_(parts.metrics != nullptr ? std::make_unique<WorkerMetrics>(*parts.metrics, reactor().timers)
                                        : nullptr),
      trace_ring_(parts.trace_ring),
      exchanges_({reactor().turn, reactor().timers, reactor().blocks, reactor().random, pools()},
                 parts.snapshot),
      post_(std::move(parts.post)),
      control_(parts.control),
      log_ring_(parts.log_ring) {
  if (metrics_) metrics_->install(parts.snapshot->backends);
  add(exchanges_);
  outlier_watch_.install(parts.snapshot->backends);
  exchanges_.tell(observers());
  watch(mailbox_);
  const config::Server& server = parts.snapshot->config.server;
  if (parts.sockets.secure.is_open()) listen(std::move(parts.sockets.secure), exchanges_, server, parts.tls);
  if (parts.sockets.plain.is_open()) listen(std::move(parts.sockets.plain), exchanges_, server);
  if (parts.sockets.quic) {
    quic_.emplace(
        conn::QuicRouter::Parts{.reactor = reactor(),
                                .limits = limits(),
                                .forwarder = this,
                                .identity = parts.identity,
                                .place = {.generation = 0, .worker = static_cast<uint16_t>(parts.index)},
                                .workers = parts.workers},
        router_options(server, parts.tls, exchanges_), std::move(*parts.sockets.quic));
  }
}

// Who wants to know of each request. What is told is only put together if somebody does.
std::vector<observe::ExchangeObserver*> Worker::observers() {
  std::vector<observe::ExchangeObserver*> observers;
  if (outlier_watch_.is_watching()) observers.push_back(&outlier_watch_);
  if (access_log_.is_on()) observers.push_back(&access_log_);
  if (metrics_) observers.push_back(&metrics_->requests());
  if (trace_ring_ != nullptr) observers.push_back(trace_ring_);
  return observers;
}

Worker::~Worker() {
  handle(Stop{});
  close_pools();
}

void Worker::run() {
  while (!is_finished())
    turn();
  control_.post(WorkerEnded{index_});
}

bool Worker::is_finished() const {
  return (is_draining_ || is_stopped_) && exchanges_.live() == 0 && limits().connections() == 0;
}

void Worker::take_mail() {
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

void Worker::backend_fails(uint32_t backend_id) {
  control_.post(BackendFails{backend_id});
}

void Worker::handle(const Install& install) {
  access_log_.install(access_log_settings(install.snapshot->config.telemetry.logging.access_log));
  outlier_watch_.install(install.snapshot->backends);
  if (metrics_) metrics_->install(install.snapshot->backends);
  exchanges_.tell(observers());
  exchanges_.install(install.snapshot);
  if (install.tls == nullptr) return;
  set_tls(install.tls);
  if (quic_) quic_->set_tls(install.tls);
}

void Worker::handle(const StandingChanged& news) {
  pools().look_at_standing(*news.backend);
}

void Worker::handle(const Addresses& news) {
  pools().set_addresses(*news.backend, news.addresses);
}

void Worker::handle(const ListConnections& wanted) {
  control_.post(ConnectionsListed{.question = wanted.question,
                                  .list = list_clients({.worker = index_,
                                                        .quic = quic_ ? &*quic_ : nullptr,
                                                        .fronts = fronts(),
                                                        .now = reactor().turn.now},
                                                       wanted.query)});
}

void Worker::handle(const Drain&) {
  if (std::exchange(is_draining_, true)) return;
  drain_fronts();
  if (quic_) quic_->drain();
}

void Worker::handle(const Stop&) {
  if (std::exchange(is_stopped_, true)) return;
  handle(Drain{});
  close_fronts();
  if (quic_) quic_->close_all();
}

void Worker::flush() {
  if (quic_) quic_->flush();
}

void Worker::end_turn() {
  tell_of_rings();
  if (!metrics_ || !metrics_->end_turn(reactor().turn.now, io::EventLoop::read_clock().now)) return;
  metrics_->publish({.requests = exchanges_.live(),
                     .buffer_bytes = memory_bytes(),
                     .half_open = limits().half_open(),
                     .fronts = fronts(),
                     .pools = pools(),
                     .quic = quic_ ? &*quic_ : nullptr});
}

// Control looks into the rings now and then; under load that is not often enough. It is woken once each time
// one of them fills up.
void Worker::tell_of_rings() {
  const bool has_traces = trace_ring_ != nullptr && trace_ring_->is_half_full();
  const bool is_filling = has_traces || log_ring_.is_half_full();
  if (is_filling && !has_told_of_rings_) control_.post(RingWaiting{});
  has_told_of_rings_ = is_filling;
}

}  // namespace qp::server
