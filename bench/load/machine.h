// What either end of the load runs on: the proxy's own event loop, and its turn without a proxy in it.
#pragma once
#include "base/random.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "conn/connection.h"
#include "conn/reactor.h"
#include "io/event_loop.h"

namespace qp::load {

class Machine {
 public:
  // Turns until work.is_over(). Work is asked, in this order, to take in what arrived (true: there is more),
  // to go on with what it has, and to send.
  template <typename Work>
  void run(Work& work) {
    for (bool has_more = true; !work.is_over();) {
      const bool may_sleep = !has_more && reactor.dirty.empty() && reactor.dead.empty();
      const auto ready = loop_.poll(may_sleep ? timers_.next_deadline() : TimePoint::min());
      reactor.turn = io::EventLoop::read_clock();
      for (const io::Ready& one : ready)
        one.handler->handle_events(one.events, reactor.turn);
      has_more = work.ingest();
      timers_.expire(reactor.turn.now);
      for (int round = 0; round < kRoundsMax && (work.go_on() || !reactor.dirty.empty()); ++round) {
        conn::flush_dirty(reactor);
        work.flush();
      }
      has_more = has_more || !reactor.dead.empty();  // whoever loses a connection may want another
      conn::reap_dead(reactor);
    }
  }

 private:
  static constexpr int kRoundsMax = 8;

  io::EventLoop loop_;
  TimerQueue timers_;
  BlockPool blocks_;
  Random random_{1};

 public:
  conn::Reactor reactor{loop_, timers_, blocks_, random_, io::EventLoop::read_clock(), {}, {}};
};

}  // namespace qp::load
