// One thread, one loop, all state: the sockets, connections, exchanges and pools of one worker. Nothing in it
// is shared with another thread but its mailbox, and what is immutable.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "base/random.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "conn/client_limits.h"
#include "conn/quic_router.h"
#include "conn/reactor.h"
#include "io/event_loop.h"
#include "io/mailbox.h"
#include "observe/access_log.h"
#include "proxy/exchanges.h"
#include "server/backend_codecs.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/tcp_front.h"
#include "transport/tls_context.h"
#include "upstream/pools.h"

namespace qp::server {

class Worker final : private io::EventHandler, private conn::DatagramForwarder {
 public:
  struct Parts {
    uint32_t index = 0;
    uint32_t workers = 1;
    WorkerSockets sockets;
    std::shared_ptr<const proxy::Snapshot> snapshot;
    std::shared_ptr<const transport::TlsContext> tls;
    transport::Secret secret;  // of the whole process
    PostToWorker post;
    io::Mailbox<ControlMessage>& control;
    LogRing& log_ring;
    uint64_t seed = 0;
  };
  explicit Worker(Parts parts);
  ~Worker();

  io::Mailbox<WorkerMessage>& mailbox() { return mailbox_; }

  // Turns until it was told to stop, or to drain and nothing is left.
  void run();
  void turn();
  bool is_finished() const;
  size_t memory_bytes() const { return blocks_.memory(); }  // of messages in transit

 private:
  static constexpr int kRoundsMax = 8;

  void handle_events(io::Events, const Turn&) override { has_mail_ = true; }
  void forward(uint32_t worker, const io::Datagram& datagram) override;
  void take_mail();
  void handle(ForwardedDatagram& forwarded);
  void handle(const Install& install);
  void handle(const Addresses& news);
  void handle(const Drain&);
  void handle(const Stop&);
  void ingest();
  void flush();
  void reap();
  void tell_of_log();
  bool has_leftovers() const;

  uint32_t index_;
  io::EventLoop loop_;
  TimerQueue timers_;
  BlockPool blocks_;
  Random random_;
  conn::Reactor reactor_;
  BackendCodecs backend_codecs_;
  upstream::Pools pools_;
  std::optional<observe::AccessLog> access_log_;
  proxy::Exchanges exchanges_;
  conn::ClientLimits limits_;
  std::optional<TcpFront> secure_;
  std::optional<TcpFront> plain_;
  std::optional<conn::QuicRouter> quic_;
  PostToWorker post_;
  io::Mailbox<WorkerMessage> mailbox_;
  io::Mailbox<ControlMessage>& control_;
  LogRing& log_ring_;
  bool has_mail_ = false;
  bool has_more_ = false;  // a socket was left before it was empty
  bool has_told_of_log_ = false;
  bool is_draining_ = false;
  bool is_stopped_ = false;
};

}  // namespace qp::server
