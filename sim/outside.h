// The world around the proxy: one more reactor, with clients and backends that are made of the proxy's own
// connections and codecs in the other role.
#pragma once
#include <vector>

#include "base/list.h"
#include "base/random.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "conn/reactor.h"
#include "io/event_loop.h"

namespace qp::server {
class TcpFront;
}
namespace qp::conn {
class QuicRouter;
}

namespace qp::sim {

class Outside;
struct DirtyParties;

// Somebody out there who does something when something has changed.
class Party : public ListNode<DirtyParties>, protected Timer {
 public:
  explicit Party(Outside& outside) : outside_(outside) {}
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;
  virtual ~Party();

  virtual void advance() = 0;
  void mark();

 protected:
  void wake_at(TimePoint deadline);

  Outside& outside_;

 private:
  void due() override { mark(); }
};

class Outside {
 public:
  explicit Outside(uint64_t seed) : random(seed) {}

  void turn();
  TimePoint now() const { return reactor.turn.now; }

  io::EventLoop loop;
  TimerQueue timers;
  BlockPool blocks;
  Random random;
  conn::Reactor reactor{.loop = loop,
                        .timers = timers,
                        .blocks = blocks,
                        .random = random,
                        .turn = io::EventLoop::read_clock(),
                        .dirty = {},
                        .dead = {}};
  List<Party, DirtyParties> dirty;
  // Of backends, and of clients; each leaves before it dies.
  std::vector<server::TcpFront*> fronts;
  std::vector<conn::QuicRouter*> routers;

 private:
  bool has_more_ = false;
};

}  // namespace qp::sim
