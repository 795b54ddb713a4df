// The addresses of one backend as one worker meets them. The next request goes where the fewest are under
// way, in turn among equals. An address that refused a connection rests: it is passed over unless all do.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/list.h"
#include "upstream/backend.h"

namespace qp::upstream {

class PooledConnection;
struct IdleAtEndpoint;

struct Endpoint {
  explicit Endpoint(const Address& to) : address(to) {}

  const Address address;                        // unset: the backend has a socket in the file system
  size_t place = 0;                             // among the endpoints
  uint32_t busy = 0;                            // connections to it that are not idle
  uint32_t failures = 0;                        // requests in a row
  TimePoint rests_until{};                      // it failed a moment ago
  List<PooledConnection, IdleAtEndpoint> idle;  // the most recent one first
};

class Endpoints {
 public:
  using All = std::vector<std::unique_ptr<Endpoint>>;

  // Who is the first to be chosen follows from `seed`.
  explicit Endpoints(uint64_t seed) : next_(static_cast<size_t>(seed)) {}
  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  bool are_known() const { return are_known_; }  // there may be none nevertheless
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }

  // Addresses that were there before keep what is known about them. Returns the endpoints of those that are
  // gone.
  All replace(const AddressList& addresses);
  // Null: there is no such address.
  Endpoint* find(const Address& address) const;
  size_t resting(TimePoint now) const;
  // Not empty().
  Endpoint& choose(TimePoint now) const;
  void note_use(const Endpoint& endpoint) { next_ = endpoint.place + 1; }
  // It has so many more connections in use than another one that it should give one up for that.
  bool has_too_many(const Endpoint& endpoint, TimePoint now) const {
    return endpoint.busy > choose(now).busy + 1;
  }

 private:
  All all_;
  size_t next_;  // modulo their number
  bool are_known_ = false;
};

}  // namespace qp::upstream
