#include "server/control.h"

#include <algorithm>
#include <csignal>
#include <ranges>
#include <utility>

#include "conn/quic_token.h"
#include "version.h"

namespace qp::server {

namespace {

// How long a log line may wait for its writer.
constexpr Duration kLogPause = std::chrono::milliseconds(50);
// How long a reader of the log may be busy with something else when the process ends.
constexpr Duration kLastWordsPatience = std::chrono::milliseconds(500);
// How long the last spans may take to the collectors when the process ends.
constexpr Duration kLastSpansPatience = std::chrono::seconds(2);
// Of operators and their tools, on all admin listeners together.
constexpr uint32_t kAdminConnectionsMax = 256;

config::Limits control_limits(config::Limits limits) {
  limits.connections_per_worker_max = limits.connections_per_ip_max = kAdminConnectionsMax;
  return limits;
}

}  // namespace

Control::Control(Parts parts)
    : Host(control_limits(parts.snapshot->config.server.limits), parts.seed, 0),
      snapshot_(std::move(parts.snapshot)),
      config_path_(std::move(parts.config_path)),
      identity_(parts.identity),
      backends_made_(static_cast<uint32_t>(snapshot_->backends.size())),
      reloads_{.last_success = reactor().turn.wall},
      writer_(parts.writer),
      supervisor_(parts.supervisor),
      level_(snapshot_->config.telemetry.logging.level),
      log_(ring_, level_, snapshot_->config.telemetry.logging.format),
      shutdown_(reactor().timers),
      tracing_({.reactor = reactor(), .pools = pools(), .log = log_}, span_source(snapshot_->config.server),
               std::move(parts.collectors)),
      name_watch_(reactor().turn, log_),
      resolver_(reactor(), *this, {}),
      rotation_(reactor().turn, log_, this),
      minimum_watch_(log_),
      checker_(
          {.reactor = reactor(), .pools = pools(), .rotation = rotation_, .log = log_, .owner = &ejector_}),
      ejector_({.turn = reactor().turn,
                .timers = reactor().timers,
                .rotation = rotation_,
                .checker = checker_,
                .log = log_}),
      driver_(make_driver({.reactor = reactor(),
                           .pools = pools(),
                           .resolver = resolver_,
                           .log = log_,
                           .note = [this](admin::ActivityEntry entry) { desk_.note(std::move(entry)); }},
                          snapshot_->config.control)),
      desk_({.reactor = reactor(),
             .log = log_,
             .level = level_,
             .writer = writer_,
             .rotation = rotation_,
             .driver = *driver_,
             .checker = checker_,
             .ejector = ejector_,
             .tracing = tracing_,
             .reloads = reloads_,
             .snapshot = [this] { return snapshot_; },
             .is_ending = [this] { return shutdown_.is_draining(); },
             .tell_workers = [this](const WorkerMessage& message) { return crew_.tell_all(message); },
             .listen =
                 [this](io::Fd listener, http::StreamAcceptor& acceptor) {
                   listen(std::move(listener), acceptor, snapshot_->config.server);
                 }}) {
  writer_.add(ring_);
  log_.begin_turn(reactor().turn.wall);
  watch(mailbox_);
  add(checker_);
  add(tracing_);
  add(*driver_);
  add(desk_);
}

Control::~Control() {
  drain_fronts();
  close_fronts();
  desk_.close();
  driver_->close();
  checker_.install({});
  tracing_.close();
  close_pools();
  reactor().timers.disarm(log_pause_);
}

void Control::start(Sockets sockets, std::shared_ptr<const transport::TlsContext> tls) {
  quic_port_ = sockets.secure_port;
  const config::Config& config = snapshot_->config;
  const auto workers = static_cast<uint32_t>(sockets.workers.size());
  const uint32_t steering_byte = conn::steering_byte(identity_.routing);
  if (workers > 1 && !io::steer_by_byte(sockets.workers[0].quic->fd(), steering_byte, workers)) {
    log_.info("The kernel does not steer datagrams; workers hand them over");
  }
  for (const std::string& advice : sockets.advice)
    log_.warn(advice);

  // The control center shows what is counted, whether Prometheus reads it or not.
  if (config.telemetry.metrics.enabled || sockets.control.listener.is_open()) {
    metrics_.emplace(reactor().turn);
    metrics_->install(snapshot_->backends, *tls);
  }
  crew_.hire({.sockets = std::move(sockets.workers),
              .snapshot = snapshot_,
              .tls = std::move(tls),
              .identity = identity_,
              .metrics = metrics_ ? &*metrics_ : nullptr,
              .tracing = tracing_},
             mailbox_, writer_, reactor().random);
  take_charge({});
  for (const auto& exporter : tracing_.exporters())
    resolver_.watch(exporter->backend());
  crew_.start();

  log_.info("Listening")
      .field("version", kVersion)
      .field("address", config.server.address.host)
      .field("port", sockets.secure_port)
      .field("fallback_port", sockets.plain_port)
      .field("health_port", sockets.health.port)
      .field("metrics_port", sockets.metrics.port)
      .field("control_port", sockets.control.port)
      .field("workers", workers);
  desk_.open(sockets, metrics_ ? &*metrics_ : nullptr);
}

ExitCode Control::serve(io::Signals& signals) {
  watch(signals.fd(), signal_bell_);
  supervisor_.tell_ready();
  while (!crew_.has_ended())
    turn_with(signals);
  crew_.join();
  while (!desk_.is_mended() && !shutdown_.is_hurried())
    turn_with(signals);
  driver_->close();
  while (!driver_->is_closed() && !shutdown_.is_hurried())
    turn_with(signals);
  desk_.end_events();
  turn();
  export_last_spans();
  log_.info("Stopped");
  writer_.finish(log_, kLastWordsPatience);
  return shutdown_.has_timed_out() ? ExitCode::drain_timed_out : ExitCode::ok;
}

void Control::turn_with(io::Signals& signals) {
  turn();
  if (std::exchange(signal_bell_.is_rung, false)) take_signals(signals);
}

void Control::begin_turn() {
  log_.begin_turn(reactor().turn.wall);
}

void Control::end_turn() {
  if (shutdown_.times_out()) {
    log_.error("Requests are still under way after shutdown_timeout; they are broken off");
    crew_.tell_all(Stop{});
  }
  tracing_.take();
  writer_.drain(log_);
  reactor().timers.arm(log_pause_, reactor().turn.now + kLogPause);
}

void Control::take_signals(io::Signals& signals) {
  while (const auto number = signals.take()) {
    switch (*number) {
      case SIGUSR1:
        if (!writer_.reopen()) log_.error("Cannot make a new log file; the old one stays in use");
        break;
      case SIGHUP: reload_configuration(); break;
      default: begin_end(*number);
    }
  }
}

void Control::reload_configuration() {
  if (shutdown_.is_draining()) return;  // it is too late for another life
  auto made =
      reload(config_path_, *snapshot_, identity_.secrets, quic_port_, backends_made_, reactor().turn.wall);
  reloads_.was_last_good = made.has_value();
  if (made) return install(std::move(*made));
  ++reloads_.failed;
  for (const std::string& line : made.error())
    log_.error("Configuration not reloaded").field("reason", line);
  desk_.note({.time = reactor().turn.wall,
              .kind = admin::ActivityEntry::Kind::config,
              .level = LogLevel::error,
              .message = "Configuration not reloaded",
              .detail = made.error().front()});
}

void Control::install(Reload reload) {
  const auto before = std::exchange(snapshot_, reload.snapshot);
  ++reloads_.succeeded;
  reloads_.last_success = reactor().turn.wall;
  level_.store(snapshot_->config.telemetry.logging.level, std::memory_order_relaxed);
  if (metrics_) metrics_->install(snapshot_->backends, *reload.tls);
  crew_.tell_all(Install{.snapshot = snapshot_, .tls = std::move(reload.tls)});
  take_charge(before->backends);
  minimum_watch_.look(*snapshot_);
  for (const std::string& key : reload.kept)
    log_.warn("Needs a restart; the old value stays").field("key", key);
  desk_.note({.time = reactor().turn.wall,
              .kind = admin::ActivityEntry::Kind::config,
              .message = "Configuration reloaded"});
  log_.info("Configuration reloaded")
      .field("backends", snapshot_->backends.size())
      .field("routes", snapshot_->routes.size());
}

// The snapshot's backends are watched from now on, and those that were known and are not among them no more.
// The workers have heard of them already, so that they can take the news.
void Control::take_charge(std::span<const std::shared_ptr<upstream::Backend>> known) {
  const auto& backends = snapshot_->backends;
  const auto is_among = [](const auto& backend, const auto& others) {
    return std::ranges::find(others, backend) != std::end(others);
  };
  const auto is_new = [&](const auto& backend) { return !is_among(backend, known); };
  for (const auto& backend : backends | std::views::filter(is_new)) {
    rotation_.begin(*backend);
    // What an operator wants of a backend outlives a change of its configuration.
    const auto old =
        std::ranges::find(known, backend->config.name, [](const auto& one) { return one->config.name; });
    if (old != known.end()) rotation_.set_service(*backend, (*old)->standing.service());
  }
  checker_.install(backends);
  ejector_.install(backends);
  driver_->install(backends);
  for (const auto& backend : known) {
    if (is_among(backend, backends)) continue;
    resolver_.forget(*backend);
    name_watch_.forget(*backend);
  }
  for (const auto& backend : backends | std::views::filter(is_new))
    resolver_.watch(backend);
}

void Control::begin_end(int signal) {
  const Duration patience = snapshot_->config.server.shutdown_timeout;
  switch (shutdown_.ask(reactor().turn.now + patience)) {
    case Shutdown::Step::none: return;
    case Shutdown::Step::drain:
      log_.info("Draining")
          .field("signal", signal)
          .field("shutdown_timeout_ms", patience / std::chrono::milliseconds(1));
      desk_.drain();
      supervisor_.tell_stopping();
      crew_.tell_all(Drain{});
      return;
    case Shutdown::Step::stop:
      log_.warn("Ending at once").field("signal", signal);
      crew_.tell_all(Stop{});
      return;
  }
}

// The workers are gone; a collector that is away must not hold us up.
void Control::export_last_spans() {
  tracing_.hurry();
  const TimePoint patience_ends = reactor().turn.now + kLastSpansPatience;
  while (!tracing_.is_idle() && reactor().turn.now < patience_ends)
    turn();
}

// RingWaiting asks for no more than to wake us.
void Control::take_mail() {
  for (ControlMessage& message : mailbox_.take_all()) {
    if (std::holds_alternative<WorkerEnded>(message)) crew_.note_end();
    if (const auto* fails = std::get_if<BackendFails>(&message)) ejector_.handle_report(fails->backend_id);
    if (auto* listed = std::get_if<ConnectionsListed>(&message)) desk_.handle(std::move(*listed));
  }
}

void Control::addresses_changed(const upstream::Backend& backend,
                                std::shared_ptr<const upstream::AddressList> addresses) {
  pools().set_addresses(backend, addresses);
  checker_.set_addresses(backend, std::move(addresses));
}

void Control::usable_addresses_changed(const upstream::Backend& backend,
                                       std::shared_ptr<const upstream::AddressList> addresses) {
  for (const auto& known : snapshot_->backends) {
    if (known.get() == &backend) crew_.tell_all(Addresses{known, addresses});
  }
}

// Control's own connections are those of the checks, which go on.
void Control::standing_changed(const upstream::Backend& backend) {
  for (const auto& known : snapshot_->backends) {
    if (known.get() == &backend) crew_.tell_all(StandingChanged{known});
  }
  minimum_watch_.look(*snapshot_);
}

}  // namespace qp::server
