#include "upstream/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "upstream/ejection.h"
#include "upstream/outlier_watch.h"

namespace qp::upstream {

// One connection of a pool, with what the pool wants to know of it.
class PooledConnection final : public conn::ConnectionOwner,
                               public ListNode<LiveConnections>,
                               public ListNode<IdleConnections>,
                               public ListNode<IdleAtEndpoint> {
 public:
  PooledConnection(Pool& pool, Endpoint& to, TimePoint deadline, uint32_t others)
      : endpoint(&to),
        addresses_left(others),
        tcp(pool.reactor_, *this, pool.options_, to.address, deadline),
        pool_(pool) {}

  Endpoint* endpoint;             // null: the name no longer has that address, and this ends with its request
  const uint32_t addresses_left;  // to be tried after this one
  uint32_t served = 0;            // requests
  bool is_connecting = true;
  conn::TcpConnection tcp;

 private:
  void connection_changed(conn::Connection& /*connection*/) override { pool_.changed(*this); }
  void destroy(conn::Connection& /*connection*/) override { pool_.slab_.destroy(*this); }

  Pool& pool_;
};

Pool::Pool(conn::Reactor& reactor, conn::CodecFactory& codecs, std::shared_ptr<const Backend> backend,
           uint64_t seed)
    : reactor_(reactor), backend_(std::move(backend)), endpoints_(seed) {
  const config::Backend& config = backend_->config;
  options_.role = codec::Role::client;
  options_.codecs = &codecs;
  options_.tls = backend_->tls;
  options_.server_name = config.tls.server_name.empty() ? config.url.host : config.tls.server_name;
  options_.idle_timeout = config.pool.idle_timeout;
  options_.unix_socket = config.socket;
  if (!config.socket.empty()) {
    endpoints_.replace({Address()});
  } else if (auto literal = Address::parse(config.url.host, config.url.port); literal) {
    endpoints_.replace({*literal});
  }
}

Pool::~Pool() {
  assert(is_unused());
}

std::optional<Error> Pool::find_overflow(Try nth) {
  const auto overflow = [](uint64_t& counter, const char* detail) {
    ++counter;
    return Error{ErrorCode::exhausted, Origin::self, detail};
  };
  if (has_requests_max()) {
    return overflow(counters_.request_overflows, "too many requests are under way at the backends");
  }
  if (nth == Try::again && retries_ >= backend_->config.pool.retries_max) {
    return overflow(counters_.retry_overflows, "too many retries are under way at the backends");
  }
  if (has_pending_max()) {
    return overflow(counters_.pending_overflows, "too many requests wait for the backends");
  }
  return std::nullopt;
}

bool Pool::is_in_doubt() const {
  if (endpoints_.are_known() && endpoints_.empty()) return true;
  return live_count_ == reach_.connecting() && reach_.is_in_doubt(reactor_.turn.now);
}

void Pool::open(Attempt& attempt, TimePoint deadline, Reuse reuse, Try nth) {
  assert(attempt.state_ == Attempt::State::none);
  attempt.pool_ = this;
  attempt.backend_ = backend_.get();
  attempt.state_ = Attempt::State::waiting;
  attempt.began_at_ = reactor_.turn.now;
  attempt.deadline_ = deadline;
  attempt.is_reused_ = false;
  attempt.is_answered_ = false;
  attempt.reuse_ = reuse;
  attempt.nth_ = nth;
  const std::optional<Error> overflow = find_overflow(nth);
  ++active_;
  if (nth == Try::again) ++retries_;
  if (overflow) return fail(attempt, *overflow);
  if (lend_idle(attempt)) return;
  if (waiting_count_ >= backend_->config.pool.pending_requests_max) {
    return fail(attempt, {ErrorCode::exhausted, Origin::self, "too many requests wait for this backend"});
  }
  if (endpoints_.are_known() && endpoints_.empty()) {
    return fail(attempt, {ErrorCode::unreachable, Origin::upstream, "the backend's name has no address"});
  }
  waiting_.push_back(attempt);
  ++waiting_count_;
  reactor_.timers.arm(attempt, deadline);
  connect_for_waiting();
}

void Pool::set_addresses(std::shared_ptr<const AddressList> addresses) {
  let_go_of(endpoints_.replace(*addresses));
  if (endpoints_.empty()) {
    fail_waiting({ErrorCode::unreachable, Origin::upstream, "the backend's name has no address"});
  }
  connect_for_waiting();
}

// What was opened to an address that is gone would keep its traffic for as long as there is some.
void Pool::let_go_of(const Endpoints::All& gone) {
  for (const auto& endpoint : gone) {
    live_.for_each([&](PooledConnection& connection) {
      if (connection.endpoint != endpoint.get()) return;
      if (idle_.holds(connection)) {
        leave_idle(connection);
        connection.tcp.drain();
      }
      connection.endpoint = nullptr;
    });
  }
}

// Every waiting attempt has a connection under way that may become its own, as far as the limit allows.
void Pool::connect_for_waiting() {
  while (reach_.connecting() < waiting_count_ && !endpoints_.empty()) {
    if (live_count_ >= backend_->config.pool.connections_max) {
      if (idle_count_ == 0) return;
      PooledConnection& oldest = *idle_.back();  // idle, yet somebody waits: only a new one will do for him
      leave_idle(oldest);
      oldest.tcp.close();
      continue;
    }
    const auto tries = std::min(kAddressesTriedMax, static_cast<uint32_t>(endpoints_.size()));
    connect(waiting_.back()->deadline_, tries - 1);
  }
}

void Pool::connect(TimePoint deadline, uint32_t addresses_left) {
  const TimePoint now = reactor_.turn.now;
  // Addresses that say nothing must leave time for those behind them.
  const TimePoint share = deadline == kNever ? kNever : now + (deadline - now) / (addresses_left + 1);
  Endpoint& endpoint = endpoints_.choose(now);
  endpoints_.note_use(endpoint);
  PooledConnection& connection = slab_.make(*this, endpoint, share, addresses_left);
  live_.push_back(connection);
  ++endpoint.busy;
  ++live_count_;
  reach_.begin(now);
  ++counters_.connects;
}

void Pool::changed(PooledConnection& connection) {
  if (connection.tcp.is_dead()) return lost(connection);
  if (connection.is_connecting && connection.tcp.was_open()) {
    connection.is_connecting = false;
    reach_.succeed(reactor_.turn.now);
  }
  if (connection.tcp.is_usable()) {
    became_free(connection);
  } else if (idle_.holds(connection)) {
    leave_idle(connection);
  }
}

void Pool::became_free(PooledConnection& connection) {
  if (idle_.holds(connection)) return;
  if (connection.served > 0 && is_in_the_way(connection)) return connection.tcp.drain();
  if (Attempt* attempt = longest_waiting(connection); attempt != nullptr && lend(connection, *attempt)) {
    attempt->owner_.changed(*attempt);
    return;
  }
  if (!keeps_idle(connection)) return connection.tcp.drain();
  become_idle(connection);
}

// Its address is gone; or all connections are in use, and one to an address that has fewer of them finds no
// room: without this an address that is new would never get its part under full load.
bool Pool::is_in_the_way(const PooledConnection& connection) const {
  if (connection.endpoint == nullptr) return true;
  return waiting_count_ > 0 && live_count_ >= backend_->config.pool.connections_max &&
         endpoints_.has_too_many(*connection.endpoint, reactor_.turn.now);
}

bool Pool::keeps_idle(const PooledConnection& connection) const {
  return !is_draining_ && connection.endpoint != nullptr &&
         backend_->standing.service() == Service::running &&
         idle_count_ < backend_->config.pool.idle_connections_max;
}

void Pool::lost(PooledConnection& connection) {
  if (idle_.holds(connection)) leave_idle(connection);
  live_.remove(connection);
  --live_count_;
  if (connection.endpoint != nullptr) --connection.endpoint->busy;
  if (!connection.is_connecting) return connect_for_waiting();

  const TimePoint now = reactor_.turn.now;
  reach_.fail(now);
  ++counters_.connect_failures;
  if (connection.endpoint != nullptr) connection.endpoint->rests_until = now + kAddressRest;
  if (waiting_count_ > reach_.connecting()) {  // somebody counted on it
    Attempt& first = *waiting_.front();
    if (lend_idle(first)) {
      first.owner_.changed(first);
    } else if (connection.addresses_left > 0 && !endpoints_.empty() && waiting_.back()->deadline_ > now) {
      connect(waiting_.back()->deadline_, connection.addresses_left - 1);
    } else {
      fail(first, connection.tcp.error());
    }
  }
  connect_for_waiting();
}

void Pool::become_idle(PooledConnection& connection) {
  idle_.push_front(connection);
  connection.endpoint->idle.push_front(connection);
  --connection.endpoint->busy;
  ++idle_count_;
}

void Pool::leave_idle(PooledConnection& connection) {
  idle_.remove(connection);
  connection.endpoint->idle.remove(connection);
  ++connection.endpoint->busy;
  --idle_count_;
}

// To the address whose turn it is, or to another one where there may be no new connection. Null: a new one
// shall be made.
PooledConnection* Pool::find_idle() {
  if (idle_count_ == 0) return nullptr;
  const Endpoint& next = endpoints_.choose(reactor_.turn.now);
  if (!next.idle.empty()) return next.idle.front();
  const config::Pool& limits = backend_->config.pool;
  const bool may_connect =
      live_count_ < limits.connections_max && waiting_count_ < limits.pending_requests_max;
  return may_connect ? nullptr : idle_.front();
}

bool Pool::lend_idle(Attempt& attempt) {
  if (attempt.reuse_ == Reuse::never) return false;
  while (PooledConnection* connection = find_idle()) {
    leave_idle(*connection);
    endpoints_.note_use(*connection->endpoint);
    if (lend(*connection, attempt)) return true;  // otherwise it ended this very turn, and its death follows
  }
  return false;
}

bool Pool::lend(PooledConnection& connection, Attempt& attempt) {
  http::Stream* stream = connection.tcp.open();
  if (stream == nullptr) return false;
  stop_waiting(attempt);
  attempt.stream_ = stream;
  attempt.state_ = Attempt::State::open;
  attempt.address_ = connection.endpoint != nullptr ? connection.endpoint->address : Address();
  attempt.ended_at_ = reactor_.turn.now;
  attempt.is_reused_ = connection.served > 0;
  ++connection.served;
  return true;
}

// Outlier detection among the addresses: each worker sees for itself, and none is left to itself.
void Pool::note_verdict(const Address& address, AttemptVerdict verdict) {
  const config::OutlierDetection& rules = backend_->config.outlier_detection;
  Endpoint* endpoint = rules.enabled ? endpoints_.find(address) : nullptr;
  if (endpoint == nullptr || verdict == AttemptVerdict::neutral) return;
  endpoint->failures = verdict == AttemptVerdict::bad ? endpoint->failures + 1 : 0;
  if (endpoint->failures < rules.consecutive_failures) return;
  endpoint->failures = 0;
  const TimePoint now = reactor_.turn.now;
  if (!may_eject(endpoints_.resting(now), endpoints_.size(), rules.max_ejected_percent)) return;
  endpoint->rests_until = std::max(endpoint->rests_until, now + rules.base_ejection_time);
}

// The first in the line that this connection will do for.
Attempt* Pool::longest_waiting(const PooledConnection& connection) const {
  Attempt* found = nullptr;
  waiting_.for_each([&](Attempt& attempt) {
    const bool will_do = connection.served == 0 || attempt.reuse_ == Reuse::allowed;
    if (found == nullptr && will_do) found = &attempt;
  });
  return found;
}

void Pool::stop_waiting(Attempt& attempt) {
  reactor_.timers.disarm(attempt);
  if (!waiting_.holds(attempt)) return;
  waiting_.remove(attempt);
  --waiting_count_;
}

void Pool::give_up(Attempt& attempt) {
  if (!endpoints_.are_known()) {
    fail(attempt, {ErrorCode::unreachable, Origin::upstream, "the backend's name was not resolved in time"});
  } else if (reach_.connecting() > 0) {
    fail(attempt, {ErrorCode::timed_out, Origin::upstream, "connecting took too long"});
  } else {
    fail(attempt, {ErrorCode::exhausted, Origin::self, "no connection to this backend was free in time"});
  }
}

void Pool::fail(Attempt& attempt, Error error) {
  const bool was_waiting = waiting_.holds(attempt);
  stop_waiting(attempt);
  attempt.state_ = Attempt::State::failed;
  attempt.error_ = error;
  attempt.ended_at_ = reactor_.turn.now;
  leave(attempt);
  if (was_waiting) attempt.owner_.changed(attempt);
}

void Pool::release(Attempt& attempt) {
  stop_waiting(attempt);
  if (attempt.stream_ != nullptr) {
    // Given up by us; a backend that broke off soon is not a quick one.
    if (measures_latency_ && !attempt.is_answered_ && !attempt.stream_->in.fault) {
      latency_.note_unanswered(reactor_.turn.now - attempt.ended_at_, reactor_.turn.now);
    }
    attempt.stream_->detach();
  }
  leave(attempt);
}

void Pool::leave(Attempt& attempt) {
  attempt.pool_ = nullptr;
  --active_;
  if (attempt.nth_ == Try::again) --retries_;
}

void Pool::drain() {
  is_draining_ = true;
  close_idle();
}

void Pool::look_at_standing() {
  if (backend_->may_be_chosen()) return;
  if (backend_->standing.service() != Service::running) close_idle();
  // It takes no more, and may be all right otherwise: that is tried elsewhere, and is no failure of its own.
  fail_waiting({ErrorCode::exhausted, Origin::upstream, "the backend went out of service"});
}

void Pool::close_idle() {
  while (PooledConnection* connection = idle_.front()) {
    leave_idle(*connection);
    connection->tcp.drain();
  }
}

void Pool::fail_waiting(Error error) {
  while (Attempt* attempt = waiting_.front())
    fail(*attempt, error);
}

void Pool::close() {
  is_draining_ = true;
  fail_waiting({ErrorCode::closed, Origin::self, "the proxy closes"});
  while (PooledConnection* connection = live_.front())
    connection->tcp.close();
}

}  // namespace qp::upstream
