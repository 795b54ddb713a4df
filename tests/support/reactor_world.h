// A reactor with a real event loop over loopback sockets, but with the time that the test says. Turns are
// taken one by one, in the worker's order.
#pragma once
#include <gtest/gtest.h>

#include <functional>

#include "conn/connection.h"
#include "conn/reactor.h"

namespace qp::test {

class ReactorWorld {
 public:
  ReactorWorld() {
    reactor.turn = io::EventLoop::read_clock();
    started_at = reactor.turn.now;
  }

  // One turn, without sleeping.
  void turn() { take_turn(TimePoint{}); }

  // Turns until the condition holds; waits for the kernel in between, a bounded time in all.
  void until(const std::function<bool()>& condition) {
    for (int i = 0; i < kTurnsMax; ++i) {
      if (condition()) return;
      take_turn(io::EventLoop::read_clock().now + std::chrono::milliseconds(5));
    }
    FAIL() << "it did not come to pass";
  }

  // Time passes, then everything settles.
  void pass(Duration duration) {
    reactor.turn.now += duration;
    for (int i = 0; i < 3; ++i)
      turn();
  }

  io::EventLoop loop;
  TimerQueue timers;
  BlockPool blocks;
  Random random{1};
  conn::Reactor reactor{loop, timers, blocks, random, {}, {}, {}};
  TimePoint started_at;
  std::function<void()> advance = [] {};

 private:
  static constexpr int kTurnsMax = 1000;
  static constexpr int kRounds = 4;

  void take_turn(TimePoint sleep_until) {
    const bool may_sleep = reactor.dirty.empty();
    for (const io::Ready& ready : loop.poll(may_sleep ? sleep_until : TimePoint{})) {
      ready.handler->handle_events(ready.events, reactor.turn);
    }
    timers.expire(reactor.turn.now);
    for (int round = 0; round < kRounds; ++round) {
      advance();
      conn::flush_dirty(reactor);
    }
    conn::reap_dead(reactor);
  }
};

}  // namespace qp::test
