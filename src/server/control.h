// The host that decides slowly: signals, names, logs, and the lives of the workers. It never touches a
// client's request.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/log_ring.h"
#include "io/log_writer.h"
#include "io/mailbox.h"
#include "io/signals.h"
#include "io/supervisor.h"
#include "proxy/snapshot.h"
#include "server/admin_desk.h"
#include "server/crew.h"
#include "server/driver.h"
#include "server/exit_code.h"
#include "server/host.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/metrics.h"
#include "server/minimum_watch.h"
#include "server/name_watch.h"
#include "server/reload.h"
#include "server/shutdown.h"
#include "server/tracing.h"
#include "upstream/ejector.h"
#include "upstream/health_checker.h"
#include "upstream/resolver.h"
#include "upstream/rotation.h"

namespace qp::server {

class Control final : public Host, private upstream::ResolverOwner, private upstream::RotationOwner {
 public:
  struct Parts {
    std::shared_ptr<const proxy::Snapshot> snapshot;
    std::string config_path;  // where it was read from
    // Both outlive control.
    io::LogWriter& writer;
    const io::Supervisor& supervisor;
    conn::QuicIdentity identity;
    std::vector<SpanExporter::Collector> collectors;  // of spans
    uint64_t seed = 0;
  };
  explicit Control(Parts parts);
  ~Control();

  // Hires the workers and has them begin.
  void start(Sockets sockets, std::shared_ptr<const transport::TlsContext> tls);
  const ReloadRecord& reloads() const { return reloads_; }
  // Until a signal ends it: SIGTERM, SIGINT or SIGQUIT drain, a second one of them ends at once; SIGUSR1
  // reopens the log file, SIGHUP reads the configuration again.
  ExitCode serve(io::Signals& signals);

 private:
  // A log line waits for its writer, at the longest, until this rings.
  struct LogPause final : Timer {
    void due() override {}
  };

  void turn_with(io::Signals& signals);
  void begin_turn() override;
  void take_mail() override;
  bool ingest() override { return desk_.receive_more(); }
  void flush() override { desk_.flush(); }
  void end_turn() override;
  void take_signals(io::Signals& signals);
  void begin_end(int signal);
  void reload_configuration();
  void install(Reload reload);
  void take_charge(std::span<const std::shared_ptr<upstream::Backend>> known);
  void export_last_spans();
  void addresses_changed(const upstream::Backend& backend,
                         std::shared_ptr<const upstream::AddressList> addresses) override;
  void resolve_failed(const upstream::Backend& backend, const char* reason) override {
    name_watch_.handle_failure(backend, reason);
  }
  void resolved(const upstream::Backend& backend) override { name_watch_.handle_success(backend); }
  void standing_changed(const upstream::Backend& backend) override;
  void usable_addresses_changed(const upstream::Backend& backend,
                                std::shared_ptr<const upstream::AddressList> addresses) override;

  std::shared_ptr<const proxy::Snapshot> snapshot_;
  const std::string config_path_;
  const conn::QuicIdentity identity_;
  uint16_t quic_port_ = 0;
  uint32_t backends_made_;
  ReloadRecord reloads_;
  io::LogWriter& writer_;
  const io::Supervisor& supervisor_;
  std::atomic<LogLevel> level_;
  LogRing ring_;
  Log log_;
  LogPause log_pause_;
  io::Mailbox<ControlMessage> mailbox_;
  Bell signal_bell_;
  Shutdown shutdown_;
  std::optional<Metrics> metrics_;  // none: they are off
  Tracing tracing_;
  Crew crew_;
  NameWatch name_watch_;
  upstream::Resolver resolver_;
  upstream::Rotation rotation_;
  MinimumWatch minimum_watch_;
  upstream::HealthChecker checker_;
  upstream::Ejector ejector_;
  std::unique_ptr<admin::Driver> driver_;
  AdminDesk desk_;
};

}  // namespace qp::server
