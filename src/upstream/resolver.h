// Keeps the addresses of backends whose URL has a name: asks for them at once, again when their time to live
// is over, and tells its owner when they have changed. Runs on control. A name that can't be resolved any
// more keeps its last addresses.
//
// /etc/hosts comes first, then the name servers of the system, over both families.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "conn/reactor.h"
#include "upstream/backend.h"

namespace qp::upstream {

// Told from within the resolver, which must not be called back.
class ResolverOwner {
 public:
  // To be mailed to the workers. An empty list: there has never been an answer.
  virtual void addresses_changed(const Backend& backend, std::shared_ptr<const AddressList> addresses) = 0;
  // For the log; it is asked again after ResolverOptions::retry_after. `reason` is static text.
  virtual void resolve_failed(const Backend& backend, const char* reason) = 0;
  // For the log, too: its name has addresses, be they new or not.
  virtual void resolved(const Backend& backend) = 0;

 protected:
  ~ResolverOwner() = default;
};

struct ResolverOptions {
  Duration ttl_min = std::chrono::seconds(1);  // whatever the answer says
  Duration ttl_max = std::chrono::seconds(60);
  Duration retry_after = std::chrono::seconds(5);
  Duration query_timeout = std::chrono::seconds(2);  // for one server and try; it doubles with every round
  int tries = 2;                                     // rounds over all servers
  size_t addresses_max = 128;  // of one name; more are left out, by the order of their texts
  std::string servers;         // "127.0.0.1:53,[::1]:53"; empty: the system's
};

class Resolver {
 public:
  // Both outlive the resolver.
  Resolver(conn::Reactor& reactor, ResolverOwner& owner, ResolverOptions options);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();

  // Begins to keep the addresses of a backend; workers know it already, so that they can take the news. Does
  // nothing where the URL has an IP address. The owner may be told before this returns.
  void watch(std::shared_ptr<const Backend> backend);
  void forget(const Backend& backend);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace qp::upstream
