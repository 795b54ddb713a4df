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
  // One that knows this address only, whatever the name's others are, and belongs to the caller alone.
  Pool& acquire_at(const std::shared_ptr<Backend>& backend, const Address& address);
  void release(Pool& pool);

  // News from the resolver, by mail. A backend that no cluster uses any more is ignored.
  void set_addresses(const Backend& backend, std::shared_ptr<const AddressList> addresses);

  // News from control, by mail: a backend's standing is another one.
  void look_at_standing(const Backend& backend);
  // Calls `look(const Pool&)` for each of them.
  template <typename Look>
  void for_each(Look look) const {
    for (const Entry& entry : entries_)
      look(*entry.pool);
  }

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
    uint32_t users;         // clusters
    bool is_apart = false;  // of one user, at one address
  };

  Pool* find(const Backend& backend);

  conn::Reactor& reactor_;
  conn::CodecFactory& codecs_;
  uint64_t seed_;
  std::vector<Entry> entries_;
};

}  // namespace qp::upstream
