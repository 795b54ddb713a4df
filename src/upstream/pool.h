// The connections of one worker to one backend: those in use, those that are idle (the most recent one is
// used first), and requests that wait for one. A new connection is started only for a waiting request;
// whichever connection is free first serves whoever waits longest.
//
//   live_ = connecting + in use + idle  <= connections_max        idle_ <= idle_connections_max
//   waiting_ <= pending_requests_max, and each of them has a deadline of its own
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/list.h"
#include "base/slab.h"
#include "conn/tcp_connection.h"
#include "upstream/attempt.h"
#include "upstream/backend.h"

namespace qp::upstream {

class PooledConnection;
struct IdleConnections;
struct LiveConnections;

class Pool {
 public:
  Pool(conn::Reactor& reactor, conn::CodecFactory& codecs, std::shared_ptr<Backend> backend, uint64_t seed);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  const Backend& backend() const { return *backend_; }
  // An attempt would find a connection or a place in the line.
  bool has_room() const;
  // Takes charge of the attempt: open at once, or waiting until `deadline`, or failed.
  void open(Attempt& attempt, TimePoint deadline);
  void set_addresses(std::shared_ptr<const AddressList> addresses);

  // Idle connections close now, others when they have finished; who waits still gets a connection.
  void drain();
  // Every connection dies now, every waiting attempt fails.
  void close();

  uint32_t active() const { return active_; }  // attempts: open or waiting
  uint32_t live_connections() const { return live_count_; }
  uint32_t idle_connections() const { return idle_count_; }
  uint32_t waiting() const { return waiting_count_; }
  bool is_unused() const { return users == 0 && active_ == 0 && live_count_ == 0; }

  uint32_t users = 0;  // clusters; counted by Pools

 private:
  friend class Attempt;
  friend class PooledConnection;

  conn::Reactor& reactor_;
  std::shared_ptr<Backend> backend_;
  conn::TcpOptions options_;
  std::shared_ptr<const AddressList> addresses_;  // null: not known yet
  Slab<PooledConnection> slab_;
  List<PooledConnection, LiveConnections> live_;
  List<PooledConnection, IdleConnections> idle_;
  List<Attempt, WaitingAttempts> waiting_;
  uint32_t active_ = 0;
  uint32_t live_count_ = 0;
  uint32_t idle_count_ = 0;
  uint32_t waiting_count_ = 0;
};

}  // namespace qp::upstream
