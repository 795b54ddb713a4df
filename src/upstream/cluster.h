// The backends that a route uses, on one worker: a balancer over the pools of this worker.
//
//   Cluster::open ─► Balancer::pick ─► Pool ─► idle connection, or a new one, or a place in its waiting line
//
// A candidate that may not be chosen, was tried before, or has no place left is passed over, and so is one
// that no connection to comes about, as long as there are others. When fewer than
// load_balancer.minimum_healthy may be chosen, all that the operator has not taken out are candidates again.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "upstream/attempt.h"
#include "upstream/balancer.h"
#include "upstream/hash_table.h"
#include "upstream/pools.h"

namespace qp::upstream {

// What a snapshot says about a cluster: immutable, shared by the workers.
struct ClusterConfig {
  std::string name;
  std::vector<std::shared_ptr<Backend>> backends;
  config::LoadBalancer load_balancer;
  std::shared_ptr<const HashTable> hash_table = nullptr;  // of these backends, where the algorithm hashes
};

struct OpenRequest {
  Duration connect_timeout = std::chrono::seconds(5);  // waiting for a free connection included
  uint64_t key = 0;                                    // for balancers that hash
  uint64_t token = 0;                                  // of the backend that a cookie names; 0: none
  std::span<const Backend* const> tried = {};          // not these again
  Reuse reuse = Reuse::allowed;
  Try nth = Try::first;
};

class Cluster {
 public:
  Cluster(const ClusterConfig& config, Pools& pools);  // `pools` outlives the cluster
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster();

  // Begins an attempt that is in state none. Afterwards it is open, failed, or waiting: then its owner is
  // told. Without any backend that may be chosen and was not tried it fails with unreachable, of origin self;
  // where all of them are full, with exhausted.
  void open(Attempt& attempt, const OpenRequest& request);

  const std::string& name() const { return name_; }
  // Backends that may be chosen now.
  size_t usable_backends() const;
  // So few of them that the others are used too.
  bool is_below_minimum() const { return usable_backends() < minimum_healthy_; }

 private:
  Error look_at_members(const OpenRequest& request);
  void pass_over_doubtful();
  std::optional<size_t> find_token(uint64_t token) const;
  void warm_up(TimePoint now);

  std::string name_;
  Pools& pools_;
  std::vector<Pool*> members_;
  std::vector<Candidate> candidates_;  // scratch, one per member
  size_t minimum_healthy_;             // members
  Duration slow_start_;
  std::unique_ptr<Balancer> balancer_;
};

// How many backends that is, of so many.
size_t members_of(const config::Minimum& minimum, size_t members);

}  // namespace qp::upstream
