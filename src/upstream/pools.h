// All pools of one worker, by backend. Several clusters may use the same backend; they share its pool, and a
// cluster of a new snapshot takes over the pools of the old one. A pool that no cluster uses closes when its
// last request ends.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "conn/codec_factory.h"
#include "conn/reactor.h"
#include "upstream/backend.h"
#include "upstream/pool.h"

namespace qp::upstream {

class Pools {
 public:
  // `codecs` (client role) and `reactor` outlive the pools. `seed` differs by worker.
  Pools(conn::Reactor& reactor, conn::CodecFactory& codecs, uint64_t seed);
  Pools(const Pools&) = delete;
  Pools& operator=(const Pools&) = delete;
  ~Pools();  // no exchange is left, and close_all() and a reap came before

  // A cluster begins and ends to use a backend.
  Pool& acquire(const std::shared_ptr<Backend>& backend);
  void release(Pool& pool);

  // News from the resolver, by mail. A backend that no cluster uses any more is ignored.
  void set_addresses(const Backend& backend, std::shared_ptr<const AddressList> addresses);

  // The worker stops: every connection dies now.
  void close_all();
  // Destroys pools that nobody uses; called at the end of a reap.
  void sweep();

  size_t size() const { return entries_.size(); }
  uint64_t seed() const { return seed_; }
  TimePoint now() const { return reactor_.turn.now; }

 private:
  struct Entry {
    std::unique_ptr<Pool> pool;
    uint32_t users;  // clusters
  };

  conn::Reactor& reactor_;
  conn::CodecFactory& codecs_;
  uint64_t seed_;
  std::vector<Entry> entries_;
};

}  // namespace qp::upstream
