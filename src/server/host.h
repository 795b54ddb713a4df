// One thread and what everything on it stands on: the loop, the clock, timers, memory, connections to
// backends and the listeners for TCP. It takes the turns; whoever derives from it says what is special about
// them. The workers are hosts, and so is control.
//
// Nothing in it is shared with another thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/decider.h"
#include "base/random.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "config/config.h"
#include "conn/client_limits.h"
#include "conn/reactor.h"
#include "io/event_loop.h"
#include "io/mailbox.h"
#include "server/backend_codecs.h"
#include "server/tcp_front.h"
#include "transport/tls_context.h"
#include "upstream/pools.h"

namespace qp::server {

class Host {
 public:
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // The order of everything: bytes come up, decisions are made, bytes go down, and what is over is destroyed.
  void turn();
  size_t memory_bytes() const { return blocks_.memory(); }  // of messages in transit

 protected:
  // Something to look at, without words of its own.
  struct Bell final : io::EventHandler {
    void handle_events(io::Events, const Turn&) override { is_rung = true; }
    bool is_rung = false;
  };

  // `place` differs by host, so that not all of them begin with the same backend.
  Host(const config::Limits& limits, uint64_t seed, uint32_t place);
  ~Host();

  // It outlives the last turn.
  void add(Decider& decider) { deciders_.push_back(&decider); }
  template <typename Message>
  void watch(io::Mailbox<Message>& mailbox) {
    watch(mailbox.fd(), mail_bell_);
  }
  void watch(int fd, io::EventHandler& handler);
  // Serves HTTP/1.1 on a listening socket, with TLS if there is a context. The acceptor outlives the last
  // turn.
  void listen(io::Fd listener, http::StreamAcceptor& acceptor, const config::Server& server,
              std::shared_ptr<const transport::TlsContext> tls = nullptr);
  // For connections to come in where there is TLS.
  void set_tls(const std::shared_ptr<const transport::TlsContext>& tls);
  void drain_fronts();
  void close_fronts();
  // The last of all: connections to backends die, and whoever holds one is told.
  void close_pools();

  conn::Reactor& reactor() { return reactor_; }
  upstream::Pools& pools() { return pools_; }
  conn::ClientLimits& limits() { return limits_; }
  const conn::ClientLimits& limits() const { return limits_; }
  const std::vector<std::unique_ptr<TcpFront>>& fronts() const { return fronts_; }

 private:
  static constexpr int kRoundsMax = 8;

  virtual void begin_turn() {}             // the clock has been read
  virtual void take_mail() = 0;            // the mailbox that is watched has something
  virtual bool ingest() { return false; }  // true: a socket was left before it was empty
  virtual void flush() {}                  // what connections over TCP don't do themselves
  virtual void end_turn() {}

  bool is_dirty() const;
  bool has_leftovers() const;
  void advance();
  void reap();

  io::EventLoop loop_;
  TimerQueue timers_;
  BlockPool blocks_;
  Random random_;
  conn::Reactor reactor_;
  const codec::H1Settings h1_;
  BackendCodecs backend_codecs_;
  upstream::Pools pools_;
  conn::ClientLimits limits_;
  std::vector<std::unique_ptr<TcpFront>> fronts_;
  std::vector<Decider*> deciders_;
  Bell mail_bell_;
  bool has_more_ = false;  // a socket was left before it was empty
};

}  // namespace qp::server
