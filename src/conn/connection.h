// One connection, client side or upstream side: a socket, a transport and a codec. Bytes come in through
// handle_events (or from the QUIC router), go out in flush(), and the worker's reap() is the only destroyer.
//
//   open ──> draining ──> closing ──> dead          (any state may go to dead at once)
#pragma once
#include <cstdint>

#include "base/list.h"
#include "base/timer_queue.h"
#include "conn/reactor.h"
#include "http/peer.h"

namespace qp::conn {

class ConnectionOwner;

class Connection : public ListNode<DirtyConnections>, public ListNode<DeadConnections> {
 public:
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Sends what its streams have to say, re-arms its timer, reads on where room has come back.
  virtual void flush() = 0;
  // No new requests; what is under way is finished, then it closes.
  virtual void drain() = 0;
  // Ends now: open streams get a fault, the peer is told where the protocol has words for it.
  virtual void close() = 0;
  // Called at reap for connections on the `dead` list: lets streams go that nobody holds any more; true when
  // the connection itself may be destroyed, by owner().destroy().
  virtual bool reap() = 0;

  void mark_dirty() {
    if (!reactor_.dirty.holds(*this)) reactor_.dirty.push_back(*this);
  }
  void mark_dead() {
    if (!reactor_.dead.holds(*this)) reactor_.dead.push_back(*this);
  }
  const http::Peer& peer() const { return peer_; }
  TimePoint began() const { return began_; }
  ConnectionOwner& owner() const { return owner_; }

 protected:
  Connection(Reactor& reactor, ConnectionOwner& owner)
      : reactor_(reactor), owner_(owner), began_(reactor.turn.now) {}

  Reactor& reactor_;
  ConnectionOwner& owner_;
  http::Peer peer_;

 private:
  const TimePoint began_;
};

// Whoever keeps connections (a listener, a pool, the QUIC router) and destroys them.
class ConnectionOwner {
 public:
  // It became usable, idle, draining or dead: look at it.
  virtual void connection_changed(Connection& connection) = 0;
  virtual void destroy(Connection& connection) = 0;  // reap() was true

 protected:
  ~ConnectionOwner() = default;
};

// The worker's flush: every connection that is dirty now, once. One that has more to do puts itself on the
// list again, for the next round.
inline void flush_dirty(Reactor& reactor) {
  const Connection* last = reactor.dirty.back();
  while (Connection* connection = reactor.dirty.pop_front()) {
    connection->flush();
    if (connection == last) return;
  }
}

// The worker's reap: the only place where connections are destroyed.
inline void reap_dead(Reactor& reactor) {
  while (Connection* connection = reactor.dead.pop_front()) {
    if (connection->reap()) connection->owner().destroy(*connection);
  }
}

}  // namespace qp::conn
