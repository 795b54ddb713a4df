// What all connections of one worker share. Owned by the worker, which outlives every connection.
#pragma once
#include "base/clock.h"
#include "base/list.h"
#include "base/random.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "io/event_loop.h"

namespace qp::conn {

class Connection;
struct DirtyConnections;
struct DeadConnections;

struct Reactor {
  io::EventLoop& loop;
  TimerQueue& timers;
  BlockPool& blocks;
  Random& random;
  Turn turn;  // this turn; set by the worker before anything else happens in it
  List<Connection, DirtyConnections> dirty;  // to be flushed this turn
  List<Connection, DeadConnections> dead;    // to be looked at by reap this turn
};

}  // namespace qp::conn
