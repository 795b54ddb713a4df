#include "upstream/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace qp::upstream {

// One connection of a pool, with what the pool wants to know of it.
class PooledConnection final : public conn::ConnectionOwner,
                               public ListNode<LiveConnections>,
                               public ListNode<IdleConnections> {
 public:
  PooledConnection(Pool& pool, const Address& to, TimePoint deadline, uint32_t others)
      : address(to),
        addresses_left(others),
        tcp(pool.reactor_, *this, pool.options_, to, deadline),
        pool_(pool) {}

  const Address address;
  const uint32_t addresses_left;  // to be tried after this one
  uint32_t served = 0;            // requests
  bool is_connecting = true;
  bool is_outdated = false;  // of a time when the name had other addresses: ends with its request
  conn::TcpConnection tcp;

 private:
  void connection_changed(conn::Connection& /*connection*/) override { pool_.changed(*this); }
  void destroy(conn::Connection& /*connection*/) override { pool_.slab_.destroy(*this); }

  Pool& pool_;
};

struct Pool::Target {
  Address address;
  TimePoint rests_until{};  // it failed a moment ago
};

Pool::Pool(conn::Reactor& reactor, conn::CodecFactory& codecs, std::shared_ptr<const Backend> backend,
           uint64_t seed)
    : reactor_(reactor), backend_(std::move(backend)), next_target_(static_cast<size_t>(seed)) {
  const config::Backend& config = backend_->config;
  options_.role = codec::Role::client;
  options_.codecs = &codecs;
  options_.tls = backend_->tls;
  options_.server_name = config.tls.server_name.empty() ? config.url.host : config.tls.server_name;
  options_.idle_timeout = config.pool.idle_timeout;
  options_.unix_socket = config.socket;
  if (!config.socket.empty()) {
    targets_.push_back({});
    knows_addresses_ = true;
  } else if (auto literal = Address::parse(config.url.host, config.url.port); literal) {
    targets_.push_back({*literal});
    knows_addresses_ = true;
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
  while (reuse == Reuse::allowed && idle_count_ > 0) {
    PooledConnection& connection = *idle_.front();
    leave_idle(connection);
    if (lend(connection, attempt)) return;  // otherwise it ended this very turn, and its death follows
  }
  if (waiting_count_ >= backend_->config.pool.pending_requests_max) {
    return fail(attempt, {ErrorCode::exhausted, Origin::self, "too many requests wait for this backend"});
  }
  if (knows_addresses_ && targets_.empty()) {
    return fail(attempt, {ErrorCode::unreachable, Origin::upstream, "the backend's name has no address"});
  }
  waiting_.push_back(attempt);
  ++waiting_count_;
  reactor_.timers.arm(attempt, deadline);
  connect_for_waiting();
}

void Pool::set_addresses(std::shared_ptr<const AddressList> addresses) {
  std::vector<Target> targets;
  bool has_grown = false;
  for (const Address& address : *addresses) {
    const Target* known = find_target(address);
    has_grown |= known == nullptr;
    targets.push_back(known != nullptr ? *known : Target{address});
  }
  targets_ = std::move(targets);
  knows_addresses_ = true;
  if (targets_.empty()) {
    fail_waiting({ErrorCode::unreachable, Origin::upstream, "the backend's name has no address"});
  } else {
    let_go_of_old_connections(has_grown);
  }
  connect_for_waiting();
}

// What was opened to an address that is gone would keep its traffic for as long as there is some; and what
// was opened when there were fewer addresses would keep it from the new ones, for kept connections come
// before new ones.
void Pool::let_go_of_old_connections(bool has_grown) {
  live_.for_each([&](PooledConnection& connection) {
    connection.is_outdated |= has_grown || find_target(connection.address) == nullptr;
  });
  idle_.for_each([this](PooledConnection& connection) {
    if (!connection.is_outdated) return;
    leave_idle(connection);
    connection.tcp.drain();
  });
}

Pool::Target* Pool::find_target(const Address& address) {
  const auto found = std::ranges::find(targets_, address, &Target::address);
  return found != targets_.end() ? &*found : nullptr;
}

// Every waiting attempt has a connection under way that may become its own, as far as the limit allows.
void Pool::connect_for_waiting() {
  while (connecting_count_ < waiting_count_ && !targets_.empty()) {
    if (live_count_ >= backend_->config.pool.connections_max) {
      if (idle_count_ == 0) return;
      PooledConnection& oldest = *idle_.back();  // idle, yet somebody waits: only a new one will do for him
      leave_idle(oldest);
      oldest.tcp.close();
      continue;
    }
    connect(waiting_.back()->deadline_, static_cast<uint32_t>(targets_.size() - 1));
  }
}

void Pool::connect(TimePoint deadline, uint32_t addresses_left) {
  const TimePoint now = reactor_.turn.now;
  // Addresses that say nothing must leave time for those behind them.
  const TimePoint share = deadline == kNever ? kNever : now + (deadline - now) / (addresses_left + 1);
  PooledConnection& connection = slab_.make(*this, next_address(), share, addresses_left);
  live_.push_back(connection);
  ++live_count_;
  ++connecting_count_;
  ++counters_.connects;
}

// In turn; those that rest only if all do.
const Address& Pool::next_address() {
  const TimePoint now = reactor_.turn.now;
  for (size_t i = 0; i < targets_.size(); ++i) {
    const Target& target = targets_[next_target_++ % targets_.size()];
    if (target.rests_until <= now) return target.address;
  }
  return targets_[next_target_++ % targets_.size()].address;
}

void Pool::changed(PooledConnection& connection) {
  if (connection.tcp.is_dead()) return lost(connection);
  if (connection.is_connecting && connection.tcp.was_open()) {
    connection.is_connecting = false;
    --connecting_count_;
  }
  if (connection.tcp.is_usable()) {
    became_free(connection);
  } else if (idle_.holds(connection)) {
    leave_idle(connection);
  }
}

void Pool::became_free(PooledConnection& connection) {
  if (idle_.holds(connection)) return;
  if (connection.is_outdated && connection.served > 0) return connection.tcp.drain();
  if (Attempt* attempt = longest_waiting(connection); attempt != nullptr && lend(connection, *attempt)) {
    attempt->owner_.changed(*attempt);
    return;
  }
  if (!keeps_idle()) return connection.tcp.drain();
  idle_.push_front(connection);
  ++idle_count_;
}

bool Pool::keeps_idle() const {
  return !is_draining_ && backend_->standing.service() == Service::running &&
         idle_count_ < backend_->config.pool.idle_connections_max;
}

void Pool::lost(PooledConnection& connection) {
  if (idle_.holds(connection)) leave_idle(connection);
  live_.remove(connection);
  --live_count_;
  if (!connection.is_connecting) return connect_for_waiting();

  --connecting_count_;
  ++counters_.connect_failures;
  const TimePoint now = reactor_.turn.now;
  if (Target* target = find_target(connection.address)) target->rests_until = now + kAddressRest;
  if (waiting_count_ > connecting_count_) {  // somebody counted on it
    Attempt& first = *waiting_.front();
    if (connection.addresses_left > 0 && !targets_.empty() && waiting_.back()->deadline_ > now) {
      connect(waiting_.back()->deadline_, connection.addresses_left - 1);
    } else {
      fail(first, connection.tcp.error());
    }
  }
  connect_for_waiting();
}

void Pool::leave_idle(PooledConnection& connection) {
  idle_.remove(connection);
  --idle_count_;
}

bool Pool::lend(PooledConnection& connection, Attempt& attempt) {
  http::Stream* stream = connection.tcp.open();
  if (stream == nullptr) return false;
  stop_waiting(attempt);
  attempt.stream_ = stream;
  attempt.state_ = Attempt::State::open;
  attempt.ended_at_ = reactor_.turn.now;
  attempt.is_reused_ = connection.served > 0;
  ++connection.served;
  return true;
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
  if (!knows_addresses_) {
    fail(attempt, {ErrorCode::unreachable, Origin::upstream, "the backend's name was not resolved in time"});
  } else if (connecting_count_ > 0) {
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
