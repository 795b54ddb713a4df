#include "upstream/cluster.h"

#include <algorithm>
#include <cassert>

namespace qp::upstream {

Cluster::Cluster(const ClusterConfig& config, Pools& pools)
    : name_(config.name), pools_(pools), balancer_(make_balancer(config.load_balancer, pools.seed())) {
  for (const std::shared_ptr<Backend>& backend : config.backends) {
    members_.push_back(&pools_.acquire(backend));
    candidates_.push_back({.weight = backend->config.weight});
  }
}

Cluster::~Cluster() {
  for (Pool* pool : members_)
    pools_.release(*pool);
}

void Cluster::open(Attempt& attempt, const OpenRequest& request) {
  assert(attempt.state() == Attempt::State::none);
  Error error = look_at_members(request);
  const TimePoint now = pools_.now();
  while (const auto place = balancer_->pick(candidates_, request.key)) {
    members_[*place]->open(attempt, now + request.connect_timeout, request.reuse);
    if (attempt.state() != Attempt::State::failed) return;
    error = attempt.error();
    attempt.release();
    candidates_[*place].is_usable = false;
  }
  attempt.state_ = Attempt::State::failed;
  attempt.error_ = error;
  attempt.began_at_ = attempt.ended_at_ = now;
}

// Notes their loads, and which of them may be used. Returns the reason if there will be none.
Error Cluster::look_at_members(const OpenRequest& request) {
  Error error{ErrorCode::unreachable, Origin::upstream, "no backend is available"};
  for (size_t i = 0; i < members_.size(); ++i) {
    const Pool& pool = *members_[i];
    const bool was_tried =
        std::find(request.tried.begin(), request.tried.end(), &pool.backend()) != request.tried.end();
    const bool may_be_chosen = pool.backend().may_be_chosen() && !was_tried;
    if (may_be_chosen && !pool.has_room()) {
      error = {ErrorCode::exhausted, Origin::self, "too many requests wait for the backends"};
    }
    candidates_[i].active = pool.active();
    candidates_[i].is_usable = may_be_chosen && pool.has_room();
  }
  return error;
}

size_t Cluster::usable_backends() const {
  return static_cast<size_t>(std::count_if(members_.begin(), members_.end(),
                                           [](const Pool* pool) { return pool->backend().may_be_chosen(); }));
}

}  // namespace qp::upstream
