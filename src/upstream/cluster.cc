#include "upstream/cluster.h"

#include <algorithm>
#include <cassert>
#include <ranges>

namespace qp::upstream {

Cluster::Cluster(const ClusterConfig& config, Pools& pools)
    : name_(config.name),
      pools_(pools),
      minimum_healthy_(members_of(config.load_balancer.minimum_healthy, config.backends.size())),
      slow_start_(config.load_balancer.slow_start),
      balancer_(make_balancer(config.load_balancer, pools.seed(), config.hash_table)) {
  const bool measures_latency = config.load_balancer.algorithm == config::Algorithm::peak_ewma;
  for (const std::shared_ptr<Backend>& backend : config.backends) {
    Pool& pool = pools_.acquire(backend);
    members_.push_back(&pool);
    candidates_.push_back(
        {.weight = backend->config.weight, .latency = measures_latency ? &pool.measure_latency() : nullptr});
  }
}

Cluster::~Cluster() {
  for (Pool* pool : members_)
    pools_.release(*pool);
}

void Cluster::open(Attempt& attempt, const OpenRequest& request) {
  assert(attempt.state() == Attempt::State::none);
  Error error = look_at_members(request);
  const Asked asked{.key = request.key, .now = pools_.now()};
  std::optional<size_t> place = request.token != 0 ? find_token(request.token) : std::nullopt;
  if (!place) place = balancer_->pick(candidates_, asked);
  while (place) {
    members_[*place]->open(attempt, asked.now + request.connect_timeout, request.reuse, request.nth);
    if (attempt.state() != Attempt::State::failed) return;
    error = attempt.error();
    attempt.release();
    candidates_[*place].is_usable = false;
    place = balancer_->pick(candidates_, asked);
  }
  attempt.state_ = Attempt::State::failed;
  attempt.error_ = error;
  attempt.began_at_ = attempt.ended_at_ = asked.now;
}

// Notes their loads, and which of them may be used. Returns the reason if there will be none.
Error Cluster::look_at_members(const OpenRequest& request) {
  Error error{ErrorCode::unreachable, Origin::self, "no backend is in service"};
  const bool takes_unhealthy = minimum_healthy_ > 0 && is_below_minimum();
  for (size_t i = 0; i < members_.size(); ++i) {
    Pool& pool = *members_[i];
    const Backend& backend = pool.backend();
    const bool may_be_chosen =
        takes_unhealthy ? backend.standing.service() == Service::running : backend.may_be_chosen();
    const bool was_tried =
        std::find(request.tried.begin(), request.tried.end(), &backend) != request.tried.end();
    candidates_[i].active = pool.active();
    candidates_[i].is_usable = may_be_chosen && !was_tried;
    if (!candidates_[i].is_usable) continue;
    if (const std::optional<Error> overflow = pool.find_overflow(request.nth)) {
      error = *overflow;
      candidates_[i].is_usable = false;
    }
  }
  pass_over_doubtful();
  if (slow_start_ != config::kOff) warm_up(pools_.now());
  return error;
}

void Cluster::pass_over_doubtful() {
  const auto is_sure = [this](size_t i) { return candidates_[i].is_usable && !members_[i]->is_in_doubt(); };
  const auto places = std::views::iota(size_t{0}, members_.size());
  if (std::ranges::none_of(places, is_sure)) return;
  for (const size_t i : places)
    candidates_[i].is_usable = is_sure(i);
}

// The one that a cookie names, if it may be used. Slow start is no reason to send a client elsewhere.
std::optional<size_t> Cluster::find_token(uint64_t token) const {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (candidates_[i].is_usable && members_[i]->backend().tokens.have(token)) return i;
  }
  return std::nullopt;
}

// From a tenth of its share when it came back to all of it. What counts is the difference: where all have
// just come back, or the process has just started, each has its full share.
void Cluster::warm_up(TimePoint now) {
  constexpr uint32_t kCold = kWarm / 10;
  uint32_t warmest = 1;
  for (size_t i = 0; i < members_.size(); ++i) {
    const Duration age = now - members_[i]->backend().standing.since();
    const bool is_warm = age >= slow_start_ || age < Duration::zero();
    candidates_[i].warmth =
        is_warm ? kWarm
                : kCold + static_cast<uint32_t>((kWarm - kCold) * static_cast<double>(age.count()) /
                                                static_cast<double>(slow_start_.count()));
    if (candidates_[i].is_usable) warmest = std::max(warmest, candidates_[i].warmth);
  }
  if (warmest == kWarm) return;
  for (Candidate& candidate : candidates_)
    candidate.warmth = std::min(kWarm, candidate.warmth * kWarm / warmest);
}

size_t Cluster::usable_backends() const {
  return static_cast<size_t>(std::count_if(members_.begin(), members_.end(),
                                           [](const Pool* pool) { return pool->backend().may_be_chosen(); }));
}

size_t members_of(const config::Minimum& minimum, size_t members) {
  if (!minimum.is_percent) return std::min<size_t>(minimum.value, members);
  return (members * minimum.value + 99) / 100;
}

}  // namespace qp::upstream
