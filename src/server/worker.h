// The host that serves clients: the sockets, connections, exchanges and pools of one worker. Nothing in it is
// shared with another thread but its mailbox, and what is immutable.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "conn/quic_router.h"
#include "io/mailbox.h"
#include "observe/access_log.h"
#include "observe/trace_ring.h"
#include "proxy/exchanges.h"
#include "server/host.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/worker_metrics.h"
#include "transport/tls_context.h"
#include "upstream/outlier_watch.h"

namespace qp::server {

class Worker final : public Host, private conn::DatagramForwarder, private upstream::OutlierWatchOwner {
 public:
  struct Parts {
    uint32_t index = 0;
    uint32_t workers = 1;
    WorkerSockets sockets;
    std::shared_ptr<const proxy::Snapshot> snapshot;
    std::shared_ptr<const transport::TlsContext> tls;
    conn::QuicIdentity identity;  // of the whole process
    PostToWorker post;
    io::Mailbox<ControlMessage>& control;
    LogRing& log_ring;
    observe::MetricsShard* metrics = nullptr;  // this worker's alone; null: nothing is counted
    observe::TraceRing* trace_ring = nullptr;  // null: nothing is traced
    uint64_t seed = 0;
  };
  explicit Worker(Parts parts);
  ~Worker();

  io::Mailbox<WorkerMessage>& mailbox() { return mailbox_; }

  // Turns until it was told to stop, or to drain and nothing is left.
  void run();
  bool is_finished() const;

 private:
  void take_mail() override;
  bool ingest() override { return quic_ && quic_->receive_more(); }
  void flush() override;
  void end_turn() override;
  void tell_of_rings();
  void forward(uint32_t worker, const io::Datagram& datagram) override;
  void backend_fails(uint32_t backend_id) override;
  std::vector<observe::ExchangeObserver*> observers();
  void handle(ForwardedDatagram& forwarded);
  void handle(const Install& install);
  void handle(const Addresses& news);
  void handle(const StandingChanged& news);
  void handle(const ListConnections& wanted);
  void handle(const Drain&);
  void handle(const Stop&);

  uint32_t index_;
  observe::AccessLog access_log_;
  upstream::OutlierWatch outlier_watch_;
  std::unique_ptr<WorkerMetrics> metrics_;  // null: nothing is counted
  observe::TraceRing* trace_ring_;
  proxy::Exchanges exchanges_;
  std::optional<conn::QuicRouter> quic_;
  PostToWorker post_;
  io::Mailbox<WorkerMessage> mailbox_;
  io::Mailbox<ControlMessage>& control_;
  LogRing& log_ring_;
  bool has_told_of_rings_ = false;
  bool is_draining_ = false;
  bool is_stopped_ = false;
};

}  // namespace qp::server
