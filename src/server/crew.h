// The workers as control knows them: each on a thread of its own, with a ring that its log lines go through.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/log_ring.h"
#include "base/random.h"
#include "conn/quic_token.h"
#include "io/log_writer.h"
#include "io/mailbox.h"
#include "observe/trace_ring.h"
#include "proxy/snapshot.h"
#include "server/listener.h"
#include "server/message.h"
#include "server/metrics.h"
#include "server/tracing.h"
#include "server/worker.h"
#include "transport/tls_context.h"

namespace qp::server {

class Crew {
 public:
  struct Orders {
    std::vector<WorkerSockets> sockets;  // one worker for each
    std::shared_ptr<const proxy::Snapshot> snapshot;
    std::shared_ptr<const transport::TlsContext> tls;
    conn::QuicIdentity identity;
    Metrics* metrics;  // null: nothing is counted; outlives the workers
    Tracing& tracing;  // is given the rings of what they trace
  };
  // Workers that do not run yet. The mailbox outlives them, and their rings outlive the writer's last line.
  void hire(Orders orders, io::Mailbox<ControlMessage>& control, io::LogWriter& writer, Random& random);
  void start();
  // All of them have ended.
  void join();

  // Returns how many there are.
  size_t tell_all(const WorkerMessage& message);
  void note_end() { ++ended_; }  // of one of them
  bool has_ended() const { return ended_ == members_.size(); }

 private:
  struct Member {
    std::unique_ptr<LogRing> ring;
    std::unique_ptr<observe::TraceRing> traces;  // null without tracing
    std::unique_ptr<Worker> worker;
    std::thread thread;
  };

  std::vector<Member> members_;
  size_t ended_ = 0;
};

}  // namespace qp::server
