// The backends that a route uses, on one worker: a balancer over the pools of this worker.
//
//   Cluster::open ─► Balancer::pick ─► Pool ─► idle connection, or a new one, or a place in its waiting line
//
// A candidate that is unhealthy, was tried before, or has no place left is passed over.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "upstream/attempt.h"
#include "upstream/balancer.h"
#include "upstream/pools.h"

namespace qp::upstream {

// What a snapshot says about a cluster: immutable, shared by the workers.
struct ClusterConfig {
  std::string name;
  std::vector<std::shared_ptr<Backend>> backends;
  config::LoadBalancer load_balancer;
};

struct OpenRequest {
  Duration connect_timeout = std::chrono::seconds(5);  // waiting for a free connection included
  uint64_t key = 0;                                    // for balancers that hash
  std::span<const Backend* const> tried = {};          // not these again
  Reuse reuse = Reuse::allowed;
};

class Cluster {
 public:
  Cluster(const ClusterConfig& config, Pools& pools);  // `pools` outlives the cluster
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster();

  // Begins an attempt that is in state none. Afterwards it is open, failed, or waiting: then its owner is
  // told.
  void open(Attempt& attempt, const OpenRequest& request);

  const std::string& name() const { return name_; }
  // Backends that may be chosen now.
  size_t usable_backends() const;

 private:
  Error look_at_members(const OpenRequest& request);

  std::string name_;
  Pools& pools_;
  std::vector<Pool*> members_;
  std::vector<Candidate> candidates_;  // scratch, one per member
  std::unique_ptr<Balancer> balancer_;
};

}  // namespace qp::upstream
