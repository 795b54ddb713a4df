// The connections of one worker to one backend: those in use, those that are idle (of an address the most
// recent one is used first), and requests that wait for one. A new connection is started only for a waiting
// request; whichever connection is free first serves whoever waits longest.
//
// Where the backend's name has several addresses a request goes to the least busy one: over an idle
// connection to it, or else a new one, as long as connections_max allows.
//
//   live_ = connecting + in use + idle  <= connections_max        idle_ <= idle_connections_max
//   waiting_ <= pending_requests_max, and each of them has a deadline of its own
//   active_ <= requests_max, and those of them that are retries <= retries_max
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "base/list.h"
#include "base/slab.h"
#include "conn/tcp_connection.h"
#include "upstream/attempt.h"
#include "upstream/backend.h"
#include "upstream/endpoints.h"
#include "upstream/latency.h"
#include "upstream/reach.h"

namespace qp::upstream {

class PooledConnection;
struct IdleConnections;
struct LiveConnections;

// What happened since the pool was made.
struct PoolCounters {
  uint64_t connects = 0;          // connections that were begun
  uint64_t connect_failures = 0;  // and never opened
  // Requests that found the pool full; they went to another backend or failed.
  uint64_t pending_overflows = 0;
  uint64_t request_overflows = 0;
  uint64_t retry_overflows = 0;
};

class Pool {
 public:
  // `reactor` and `codecs` (client role) outlive the pool; `seed` differs by worker.
  Pool(conn::Reactor& reactor, conn::CodecFactory& codecs, std::shared_ptr<const Backend> backend,
       uint64_t seed);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();  // is_unused(), and a reap came since

  const Backend& backend() const { return *backend_; }
  // New requests find no place here now.
  bool is_full() const { return has_requests_max() || has_pending_max(); }
  // Nobody seems to be there: there is no connection, and none comes about.
  bool is_in_doubt() const;
  // Why an attempt would find no place here, if it would not; then it is counted.
  std::optional<Error> find_overflow(Try nth);
  // Takes charge of the attempt: open at once, or waiting until `deadline`, or failed.
  void open(Attempt& attempt, TimePoint deadline, Reuse reuse, Try nth = Try::first);
  // Null as long as nobody knows; a backend with a socket, or with an IP address in its URL, knows from the
  // start.
  void set_addresses(std::shared_ptr<const AddressList> addresses);

  // Connections close when they are idle; who waits still gets one.
  void drain();
  void resume() { is_draining_ = false; }
  // The backend's standing is another one: who waits for a backend that may not be chosen any more goes
  // elsewhere, and one that was taken out by hand keeps no idle connection.
  void look_at_standing();
  // Every connection dies now, every waiting attempt fails.
  void close();

  uint32_t active() const { return active_; }  // attempts that are open or waiting
  uint32_t live_connections() const { return live_count_; }
  uint32_t idle_connections() const { return idle_count_; }
  uint32_t waiting() const { return waiting_count_; }
  uint32_t retries() const { return retries_; }
  const PoolCounters& counters() const { return counters_; }
  // From the request's way out to the head of its response; measured from the first time that it is asked
  // for.
  const Latency& measure_latency() {
    measures_latency_ = true;
    return latency_;
  }
  bool measures_latency() const { return measures_latency_; }
  bool is_unused() const { return active_ == 0 && slab_.live() == 0; }

  // An address that failed is passed over for so long, unless there is no other.
  static constexpr Duration kAddressRest = std::chrono::seconds(10);
  // So many are tried for a request before it fails; each of them has its share of the time.
  static constexpr uint32_t kAddressesTriedMax = 3;

 private:
  friend class Attempt;
  friend class PooledConnection;

  bool has_requests_max() const { return active_ >= backend_->config.pool.requests_max; }
  bool has_pending_max() const {
    return idle_count_ == 0 && waiting_count_ >= backend_->config.pool.pending_requests_max;
  }
  void connect_for_waiting();
  void connect(TimePoint deadline, uint32_t addresses_left);
  void let_go_of(const Endpoints::All& gone);
  bool keeps_idle(const PooledConnection& connection) const;
  bool is_in_the_way(const PooledConnection& connection) const;
  void become_idle(PooledConnection& connection);
  void close_idle();
  void fail_waiting(Error error);
  void changed(PooledConnection& connection);
  void became_free(PooledConnection& connection);
  void lost(PooledConnection& connection);
  void leave_idle(PooledConnection& connection);
  PooledConnection* find_idle();
  bool lend_idle(Attempt& attempt);
  bool lend(PooledConnection& connection, Attempt& attempt);
  void note_verdict(const Address& address, AttemptVerdict verdict);
  Attempt* longest_waiting(const PooledConnection& connection) const;
  void stop_waiting(Attempt& attempt);
  void give_up(Attempt& attempt);
  void fail(Attempt& attempt, Error error);
  void release(Attempt& attempt);
  void leave(Attempt& attempt);

  conn::Reactor& reactor_;
  std::shared_ptr<const Backend> backend_;
  conn::TcpOptions options_;
  Endpoints endpoints_;
  Reach reach_;
  Slab<PooledConnection, 16> slab_;
  List<PooledConnection, LiveConnections> live_;
  List<PooledConnection, IdleConnections> idle_;
  List<Attempt, WaitingAttempts> waiting_;
  uint32_t active_ = 0;
  uint32_t live_count_ = 0;
  uint32_t idle_count_ = 0;
  uint32_t waiting_count_ = 0;
  uint32_t retries_ = 0;
  PoolCounters counters_;
  Latency latency_;
  bool measures_latency_ = false;
  bool is_draining_ = false;
};

}  // namespace qp::upstream
