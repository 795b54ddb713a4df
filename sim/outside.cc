#include "outside.h"

#include "conn/connection.h"
#include "conn/quic_router.h"
#include "server/tcp_front.h"

namespace qp::sim {

namespace {

constexpr int kRoundsMax = 4;

}  // namespace

Party::~Party() {
  outside_.timers.disarm(*this);
}

void Party::mark() {
  if (!outside_.dirty.holds(*this)) outside_.dirty.push_back(*this);
}

void Party::wake_at(TimePoint deadline) {
  outside_.timers.arm(*this, deadline);
}

void Outside::turn() {
  const bool is_busy = has_more_ || !dirty.empty() || !reactor.dirty.empty() || !reactor.dead.empty();
  const auto ready = loop.poll(is_busy ? TimePoint::min() : timers.next_deadline());
  reactor.turn = io::EventLoop::read_clock();
  for (const io::Ready& one : ready)
    one.handler->handle_events(one.events, reactor.turn);
  timers.expire(reactor.turn.now);
  has_more_ = false;
  for (server::TcpFront* front : fronts)
    has_more_ |= front->accept_more();
  for (conn::QuicRouter* router : routers)
    has_more_ |= router->receive_more();
  for (int round = 0; round < kRoundsMax; ++round) {
    List<Party, DirtyParties> parties;  // those that are dirty now; any of them may destroy others
    while (Party* party = dirty.pop_front())
      parties.push_back(*party);
    while (Party* party = parties.pop_front())
      party->advance();
    conn::flush_dirty(reactor);
    for (conn::QuicRouter* router : routers)
      router->flush();
  }
  conn::reap_dead(reactor);
}

}  // namespace qp::sim
