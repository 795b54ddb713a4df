#include "server/control.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "conn/quic_token.h"
#include "conn/reactor.h"
#include "io/event_loop.h"
#include "io/log_writer.h"
#include "io/mailbox.h"
#include "io/signals.h"
#include "proxy/snapshot.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/start.h"
#include "server/worker.h"
#include "upstream/resolver.h"
#include "version.h"

namespace qp::server {

namespace {

// How long a log line may wait for its writer.
constexpr Duration kLogPause = std::chrono::milliseconds(50);
// How long a reader of the log may be busy with something else when the process ends.
constexpr Duration kLastWordsPatience = std::chrono::milliseconds(500);

uint64_t random_seed() {
  uint64_t seed;
  transport::fill_random({reinterpret_cast<unsigned char*>(&seed), sizeof seed});
  return seed;
}

ExitCode cannot_start(const std::string& why) {
  fmt::print(stderr, "quic-proxy: {}\n", why);
  return ExitCode::failed;
}

// A worker, its thread, and the ring that its lines go through.
struct Crew {
  std::unique_ptr<LogRing> ring;
  std::unique_ptr<Worker> worker;
  std::thread thread;
};

class Control final : private upstream::ResolverOwner {
 public:
  Control(std::shared_ptr<const proxy::Snapshot> snapshot, io::LogWriter& writer, uint64_t seed);

  void start(Sockets sockets, std::shared_ptr<const transport::TlsContext> tls,
             const transport::Secret& secret);
  ExitCode serve(io::Signals& signals);

 private:
  // Something to look at on the control loop, without words of its own.
  struct Bell final : io::EventHandler {
    void handle_events(io::Events, const Turn&) override { is_rung = true; }
    bool is_rung = false;
  };

  void turn();
  void take_signals(io::Signals& signals);
  void take_mail();
  void tell_all(const WorkerMessage& message);
  void begin_drain(int signal);
  void addresses_changed(const upstream::Backend& backend,
                         std::shared_ptr<const upstream::AddressList> addresses) override;
  void resolve_failed(const upstream::Backend& backend, const char* reason) override;

  const std::shared_ptr<const proxy::Snapshot> snapshot_;
  io::LogWriter& writer_;
  std::atomic<LogLevel> level_;
  LogRing ring_;
  Log log_;

  io::EventLoop loop_;
  TimerQueue timers_;
  BlockPool blocks_;
  Random random_;
  conn::Reactor reactor_;
  upstream::Resolver resolver_;
  io::Mailbox<ControlMessage> mailbox_;
  Bell signal_bell_;
  Bell mail_bell_;

  std::vector<Crew> crew_;
  size_t ended_workers_ = 0;
  TimePoint drain_deadline_ = kNever;
  bool is_draining_ = false;
  bool is_stopped_ = false;
  bool has_timed_out_ = false;
};

Control::Control(std::shared_ptr<const proxy::Snapshot> snapshot, io::LogWriter& writer, uint64_t seed)
    : snapshot_(std::move(snapshot)),
      writer_(writer),
      level_(snapshot_->config.telemetry.logging.level),
      log_(ring_, level_, snapshot_->config.telemetry.logging.format),
      random_(seed),
      reactor_{.loop = loop_,
               .timers = timers_,
               .blocks = blocks_,
               .random = random_,
               .turn = io::EventLoop::read_clock()},
      resolver_(reactor_, *this, {}) {
  writer_.add(ring_);
  log_.begin_turn(reactor_.turn.wall);
}

void Control::start(Sockets sockets, std::shared_ptr<const transport::TlsContext> tls,
                    const transport::Secret& secret) {
  const config::Config& config = snapshot_->config;
  const auto workers = static_cast<uint32_t>(sockets.workers.size());
  if (workers > 1 && !io::steer_by_byte(sockets.workers[0].quic->fd(), conn::kSteeringByte, workers)) {
    log_.info("The kernel does not steer datagrams; workers hand them over");
  }
  for (const std::string& advice : sockets.advice)
    log_.warn(advice);

  const auto post = [this](uint32_t worker, WorkerMessage message) {
    if (worker < crew_.size()) crew_[worker].worker->mailbox().post(std::move(message));
  };
  for (uint32_t index = 0; index < workers; ++index) {
    Crew one{.ring = std::make_unique<LogRing>()};
    writer_.add(*one.ring);
    one.worker = std::make_unique<Worker>(Worker::Parts{.index = index,
                                                        .workers = workers,
                                                        .sockets = std::move(sockets.workers[index]),
                                                        .snapshot = snapshot_,
                                                        .tls = tls,
                                                        .secret = secret,
                                                        .post = post,
                                                        .control = mailbox_,
                                                        .log_ring = *one.ring,
                                                        .seed = random_.next()});
    crew_.push_back(std::move(one));
  }
  for (const auto& backend : snapshot_->backends)
    resolver_.watch(backend);
  for (Crew& one : crew_)
    one.thread = std::thread([&worker = *one.worker] { worker.run(); });

  log_.info("Listening")
      .field("version", kVersion)
      .field("address", config.server.address.host)
      .field("port", sockets.secure_port)
      .field("fallback_port", sockets.plain_port)
      .field("workers", workers);
}

ExitCode Control::serve(io::Signals& signals) {
  const bool is_watched = loop_.add(signals.fd(), signal_bell_) && loop_.add(mailbox_.fd(), mail_bell_);
  if (!is_watched) std::abort();
  while (ended_workers_ < crew_.size()) {
    turn();
    if (std::exchange(signal_bell_.is_rung, false)) take_signals(signals);
    if (std::exchange(mail_bell_.is_rung, false)) take_mail();
    if (reactor_.turn.now >= drain_deadline_ && !is_stopped_) {
      log_.error("Requests are still under way after shutdown_timeout; they are broken off");
      has_timed_out_ = is_stopped_ = true;
      tell_all(Stop{});
    }
    writer_.drain(log_);
  }
  for (Crew& one : crew_)
    one.thread.join();
  log_.info("Stopped");
  writer_.finish(log_, kLastWordsPatience);
  return has_timed_out_ ? ExitCode::drain_timed_out : ExitCode::ok;
}

void Control::turn() {
  const TimePoint next = std::min({timers_.next_deadline(), drain_deadline_, reactor_.turn.now + kLogPause});
  const auto ready = loop_.poll(next);
  reactor_.turn = io::EventLoop::read_clock();
  log_.begin_turn(reactor_.turn.wall);
  for (const io::Ready& one : ready) {
    one.handler->handle_events(one.events, reactor_.turn);
  }
  timers_.expire(reactor_.turn.now);
}

void Control::take_signals(io::Signals& signals) {
  while (const auto number = signals.take()) {
    if (*number == SIGUSR1) {
      if (!writer_.reopen()) log_.error("Cannot make a new log file; the old one stays in use");
    } else {
      begin_drain(*number);
    }
  }
}

void Control::begin_drain(int signal) {
  if (!std::exchange(is_draining_, true)) {
    const Duration patience = snapshot_->config.server.shutdown_timeout;
    log_.info("Draining")
        .field("signal", signal)
        .field("shutdown_timeout_ms", patience / std::chrono::milliseconds(1));
    drain_deadline_ = reactor_.turn.now + patience;
    tell_all(Drain{});
  } else if (!std::exchange(is_stopped_, true)) {
    log_.warn("Ending at once").field("signal", signal);
    tell_all(Stop{});
  }
}

// LogWaiting asks for no more than to wake us.
void Control::take_mail() {
  for (const ControlMessage& message : mailbox_.take_all()) {
    if (std::holds_alternative<WorkerEnded>(message)) ++ended_workers_;
  }
}

void Control::tell_all(const WorkerMessage& message) {
  for (Crew& one : crew_)
    one.worker->mailbox().post(message);
}

void Control::addresses_changed(const upstream::Backend& backend,
                                std::shared_ptr<const upstream::AddressList> addresses) {
  for (const auto& known : snapshot_->backends) {
    if (known.get() == &backend) tell_all(Addresses{known, addresses});
  }
}

void Control::resolve_failed(const upstream::Backend& backend, const char* reason) {
  log_.warn("Backend name not resolved")
      .field("backend", backend.config.name)
      .field("host", backend.config.url.host)
      .field("reason", reason);
}

}  // namespace

ExitCode run(config::Config config) {
  io::Signals signals({SIGTERM, SIGINT, SIGQUIT, SIGUSR1});
  auto writer = io::LogWriter::open(config.telemetry.logging.output);
  if (!writer) return cannot_start("telemetry.logging.output: " + std::string(writer.error().detail));
  const auto secret = load_secret(config.server);
  if (!secret) return cannot_start(secret.error());
  auto tls = load_server_tls(config.server, *secret);
  if (!tls) return cannot_start(tls.error());
  auto backends = make_backends(config);
  if (!backends) return cannot_start(backends.error());
  auto sockets = open_sockets(config.server, worker_count(config.server));
  if (!sockets) return cannot_start(sockets.error());

  const uint16_t quic_port = sockets->secure_port;
  Control control(proxy::make_snapshot(std::move(config), std::move(*backends), quic_port), *writer,
                  random_seed());
  control.start(std::move(*sockets), std::move(*tls), *secret);
  return control.serve(signals);
}

}  // namespace qp::server
