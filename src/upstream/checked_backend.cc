#include "upstream/checked_backend.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace qp::upstream {

class CheckedBackend::CheckedAddress {
 public:
  // Without an address: wherever the backend is.
  CheckedAddress(CheckedBackend& home, std::optional<Address> at, HealthTally known)
      : address(at),
        pool(at ? home.parts_.pools.acquire_at(home.backend_, *at)
                : home.parts_.pools.acquire(home.backend_)),
        tally(known),
        probe(home, pool, home.parts_.reactor),
        starts_until(home.now() + kStartPatience),
        pools_(home.parts_.pools) {
    pool.drain();  // it keeps no connection for the next check
  }
  CheckedAddress(const CheckedAddress&) = delete;
  CheckedAddress& operator=(const CheckedAddress&) = delete;
  ~CheckedAddress() { pools_.release(pool); }

  const std::optional<Address> address;
  Pool& pool;
  HealthTally tally;
  HealthProbe probe;
  const TimePoint starts_until;

 private:
  Pools& pools_;
};

CheckedBackend::CheckedBackend(const HealthCheckParts& parts, Dirty& dirty, std::shared_ptr<Backend> backend,
                               const CheckedBackend* before, Duration first_check_in)
    : parts_(parts), dirty_(dirty), backend_(std::move(backend)) {
  if (before == nullptr) {
    addresses_.push_back(std::make_unique<CheckedAddress>(*this, std::nullopt, first_tally()));
  } else {
    // A backend whose configuration has changed is as well as it was before, if that is known.
    for (const auto& one : before->addresses_) {
      const HealthTally known =
          one->tally.is_unknown() ? first_tally() : HealthTally(check(), one->tally.is_healthy());
      addresses_.push_back(std::make_unique<CheckedAddress>(*this, one->address, known));
    }
  }
  is_healthy_ = has_healthy();
  due_ = next_at_ = is_healthy_ ? now() + first_check_in : now();
  parts_.rotation.set_healthy(*backend_, is_healthy_);
  mark();
}

CheckedBackend::~CheckedBackend() {
  parts_.reactor.timers.disarm(*this);
}

void CheckedBackend::set_addresses(const AddressList& addresses) {
  std::vector<std::unique_ptr<CheckedAddress>> before = std::exchange(addresses_, {});
  const auto take = [&](std::optional<Address> address) {
    const auto known = std::ranges::find(before, address, [](const auto& one) { return one->address; });
    if (known != before.end()) {
      addresses_.push_back(std::move(*known));
      before.erase(known);
    } else {
      addresses_.push_back(std::make_unique<CheckedAddress>(*this, address, first_tally()));
      is_wanted_now_ |= !addresses_.back()->tally.is_healthy();  // it has to prove itself
    }
  };
  for (const Address& address : addresses)
    take(address);
  if (addresses.empty()) take(std::nullopt);
  // A check that ends here without a result is made again.
  is_wanted_now_ |= std::ranges::any_of(before, [](const auto& one) { return one->probe.is_under_way(); });
  judge();
  tell_addresses();
  mark();
}

void CheckedBackend::check_now() {
  is_wanted_now_ = true;
  mark();
}

void CheckedBackend::advance() {
  for (const auto& one : addresses_) {
    if (const auto result = one->probe.advance()) conclude(*one, *result);
  }
  if (!is_under_way() && now() >= next_at_) follow_rhythm();
  if (!is_under_way() && is_wanted_now_) begin(Whom::all);
  if (!is_under_way() && now() >= again_at_) begin(Whom::starting);
  parts_.reactor.timers.arm(*this, is_under_way() ? deadline_ : std::min(next_at_, again_at_));
}

HealthTally CheckedBackend::first_tally() const {
  config::HealthCheck first = check();
  first.initial_state = config::initial_state_of(backend_->config);
  return HealthTally(first);
}

bool CheckedBackend::is_under_way() const {
  return std::ranges::any_of(addresses_, [](const auto& one) { return one->probe.is_under_way(); });
}

bool CheckedBackend::has_healthy() const {
  return std::ranges::any_of(addresses_, [](const auto& one) { return one->tally.is_healthy(); });
}

bool CheckedBackend::is_starting(const CheckedAddress& one) const {
  return one.tally.is_unknown() && now() < one.starts_until;
}

void CheckedBackend::mark() {
  if (!dirty_.holds(*this)) dirty_.push_back(*this);
}

void CheckedBackend::follow_rhythm() {
  due_ = std::max(due_ + check().interval, now());  // never two at once to make up for lost time
  next_at_ = due_ - jitter();
  begin(Whom::all);
}

void CheckedBackend::begin(Whom whom) {
  if (whom == Whom::all) is_wanted_now_ = false;
  again_at_ = kNever;
  deadline_ = now() + check().timeout;
  for (const auto& one : addresses_) {
    if (whom == Whom::all || is_starting(*one)) one->probe.begin(deadline_);
  }
  mark();  // it may have failed at once: nobody tells of that
}

Duration CheckedBackend::jitter() {
  constexpr uint32_t kSteps = 1 << 16;
  const double share = check().jitter * parts_.reactor.random.below(kSteps) / kSteps;
  return Duration(static_cast<int64_t>(static_cast<double>(check().interval.count()) * share));
}

void CheckedBackend::conclude(CheckedAddress& one, const HealthProbe::Result& result) {
  ++(result.has_passed ? results_.passed : results_.failed);
  results_.last_at = parts_.reactor.turn.wall;
  results_.last_reason = result.reason;
  const HealthTally::Verdict verdict = one.tally.handle(result.has_passed);
  tell_result(one, result, verdict.is_news);
  if (verdict.has_changed) {
    if (addresses_.size() > 1) {
      LogLine line = parts_.log.line(LogLevel::info, one.tally.is_healthy() ? "Marked address as healthy"
                                                                            : "Marked address as unhealthy");
      name(line, one);
    }
    judge();
    if (told_ != nullptr) tell_addresses();
  }
  if (is_starting(one)) again_at_ = now() + kStartPause;
  if (parts_.owner != nullptr) parts_.owner->checked(*backend_, result.has_passed);
}

// What is as it was is for those who look closely.
void CheckedBackend::tell_result(const CheckedAddress& one, const HealthProbe::Result& result, bool is_news) {
  const LogLevel level = result.has_passed ? LogLevel::info : LogLevel::warn;
  LogLine line = parts_.log.line(is_news ? level : LogLevel::debug,
                                 result.has_passed ? "Health check passed" : "Health check failed");
  name(line, one);
  if (result.status != 0) line.field("status", result.status);
  if (!result.has_passed) line.field("reason", result.reason);
}

void CheckedBackend::name(LogLine& line, const CheckedAddress& one) const {
  line.field("backend", backend_->config.name);
  if (addresses_.size() > 1) line.field("address", one.address->text());
}

void CheckedBackend::judge() {
  const bool is_healthy = has_healthy();
  if (is_healthy == std::exchange(is_healthy_, is_healthy)) return;
  parts_.log.info(is_healthy ? "Marked backend as healthy" : "Marked backend as unhealthy")
      .field("backend", backend_->config.name);
  parts_.rotation.set_healthy(*backend_, is_healthy);
}

void CheckedBackend::tell_addresses() {
  AddressList usable;
  for (const auto& one : addresses_) {
    if (one->address && (one->tally.is_healthy() || !is_healthy_)) usable.push_back(*one->address);
  }
  if (told_ != nullptr && *told_ == usable) return;
  told_ = std::make_shared<const AddressList>(std::move(usable));
  parts_.rotation.set_addresses(*backend_, told_);
}

}  // namespace qp::upstream
