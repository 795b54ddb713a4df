#include "server/run.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "io/log_writer.h"
#include "io/signals.h"
#include "proxy/snapshot.h"
#include "server/control.h"
#include "server/listener.h"
#include "server/start.h"
#include "server/tracing.h"
#include "transport/secret.h"

namespace qp::server {

namespace {

uint64_t random_seed() {
  uint64_t seed;
  transport::fill_random({reinterpret_cast<unsigned char*>(&seed), sizeof seed});
  return seed;
}

ExitCode cannot_start(const std::string& why) {
  fmt::print(stderr, "quic-proxy: {}\n", why);
  return ExitCode::failed;
}

}  // namespace

ExitCode run(config::Config config, std::string path) {
  const auto supervisor = io::Supervisor::from_environment();
  io::Signals signals({SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGHUP});
  auto writer = io::LogWriter::open(config.telemetry.logging.output);
  if (!writer) return cannot_start("telemetry.logging.output: " + std::string(writer.error().detail));
  const auto identity = load_identity(config.server);
  if (!identity) return cannot_start(identity.error());
  auto tls = load_server_tls(config.server, identity->secrets);
  if (!tls) return cannot_start(tls.error());
  uint32_t backends_made = 0;
  auto backends = make_backends(config, identity->secrets, backends_made);
  if (!backends) return cannot_start(backends.error());
  auto collectors = make_collectors(config.telemetry.tracing);
  if (!collectors) return cannot_start(collectors.error());
  auto sockets = open_sockets(config, worker_count(config.server));
  if (!sockets) return cannot_start(sockets.error());

  const uint16_t quic_port = sockets->secure_port;
  Control control({.snapshot = proxy::make_snapshot(std::move(config), std::move(*backends), quic_port),
                   .config_path = std::move(path),
                   .writer = *writer,
                   .supervisor = supervisor,
                   .identity = *identity,
                   .collectors = std::move(*collectors),
                   .seed = random_seed()});
  control.start(std::move(*sockets), std::move(*tls));
  return control.serve(signals);
}

}  // namespace qp::server
