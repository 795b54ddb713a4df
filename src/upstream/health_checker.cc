#include "upstream/health_checker.h"

#include <algorithm>
#include <utility>

#include "base/timer_queue.h"
#include "upstream/health_probe.h"
#include "upstream/health_tally.h"

namespace qp::upstream {

// A backend under observation.
class HealthChecker::Subject final : public ListNode<DirtySubjects>, private CallOwner, private Timer {
 public:
  Subject(HealthChecker& home, std::shared_ptr<Backend> backend, HealthTally tally, Duration first_check_in)
      : home_(home),
        backend_(std::move(backend)),
        pool_(home.parts_.pools.acquire(backend_)),
        tally_(tally),
        probe_(*this, pool_, home_.parts_.reactor),
        due_(now() + first_check_in),
        next_at_(due_) {
    pool_.drain();  // it keeps no connection for the next check
    home_.parts_.rotation.set_healthy(*backend_, tally_.is_healthy());
    mark();
  }
  ~Subject() {
    home_.parts_.reactor.timers.disarm(*this);
    home_.parts_.pools.release(pool_);
  }

  const Backend& backend() const { return *backend_; }
  const HealthTally& tally() const { return tally_; }
  const Results& results() const { return results_; }

  void check_now() {
    is_wanted_now_ = true;
    mark();
  }
  void advance() {
    if (const auto result = probe_.advance()) conclude(*result);
    if (!probe_.is_under_way() && now() >= next_at_) follow_rhythm();
    if (!probe_.is_under_way() && is_wanted_now_) begin();
    home_.parts_.reactor.timers.arm(*this, probe_.is_under_way() ? probe_.deadline() : next_at_);
  }

 private:
  const config::HealthCheck& check() const { return backend_->config.health_check; }
  TimePoint now() const { return home_.parts_.reactor.turn.now; }

  void due() override { mark(); }           // Timer
  void call_changed() override { mark(); }  // CallOwner
  void mark() {
    if (!home_.dirty_.holds(*this)) home_.dirty_.push_back(*this);
  }

  void follow_rhythm() {
    due_ = std::max(due_ + check().interval, now());  // never two at once to make up for lost time
    next_at_ = due_ - jitter();
    begin();
  }

  void begin() {
    is_wanted_now_ = false;
    probe_.begin(now() + check().timeout);
    mark();  // it may have failed at once: nobody tells of that
  }

  Duration jitter() {
    constexpr uint32_t kSteps = 1 << 16;
    const double share = check().jitter * home_.parts_.reactor.random.below(kSteps) / kSteps;
    return Duration(static_cast<int64_t>(static_cast<double>(check().interval.count()) * share));
  }

  void conclude(const HealthProbe::Result& result) {
    ++(result.has_passed ? results_.passed : results_.failed);
    results_.last_at = home_.parts_.reactor.turn.wall;
    results_.last_reason = result.reason;
    const HealthTally::Verdict verdict = tally_.handle(result.has_passed);
    tell(result, verdict.is_news);
    if (verdict.has_changed) {
      const bool is_healthy = tally_.is_healthy();
      home_.parts_.log.info(is_healthy ? "Marked backend as healthy" : "Marked backend as unhealthy")
          .field("backend", backend_->config.name);
      home_.parts_.rotation.set_healthy(*backend_, is_healthy);
    }
    if (home_.parts_.owner != nullptr) home_.parts_.owner->checked(*backend_, result.has_passed);
  }

  // What is as it was is for those who look closely.
  void tell(const HealthProbe::Result& result, bool is_news) {
    const LogLevel level = result.has_passed ? LogLevel::info : LogLevel::warn;
    LogLine line = home_.parts_.log.line(is_news ? level : LogLevel::debug,
                                         result.has_passed ? "Health check passed" : "Health check failed");
    line.field("backend", backend_->config.name);
    if (result.status != 0) line.field("status", result.status);
    if (!result.has_passed) line.field("reason", result.reason);
  }

  HealthChecker& home_;
  const std::shared_ptr<Backend> backend_;
  Pool& pool_;
  HealthTally tally_;
  HealthProbe probe_;
  TimePoint due_;      // of the next check, by the rhythm
  TimePoint next_at_;  // with jitter
  bool is_wanted_now_ = false;
  Results results_;
};

HealthChecker::HealthChecker(const Parts& parts) : parts_(parts) {}

HealthChecker::~HealthChecker() = default;

void HealthChecker::install(const std::vector<std::shared_ptr<Backend>>& backends) {
  std::vector<std::unique_ptr<Subject>> subjects;
  for (size_t place = 0; place < backends.size(); ++place) {
    if (!backends[place]->config.health_check.enabled) continue;
    const Backend& backend = *backends[place];
    const auto kept = std::ranges::find_if(subjects_, [&](const std::unique_ptr<Subject>& subject) {
      return subject != nullptr && &subject->backend() == &backend;
    });
    if (kept != subjects_.end()) {
      subjects.push_back(std::move(*kept));
      continue;
    }
    // The first one a whole interval from now, the others before it. Who has to prove itself does so at once.
    const HealthTally tally = first_tally(backend);
    const auto share = static_cast<int64_t>(backends.size() - place);
    const Duration wait =
        backend.config.health_check.interval * share / static_cast<int64_t>(backends.size());
    subjects.push_back(std::make_unique<Subject>(*this, backends[place], tally,
                                                 tally.is_healthy() ? wait : Duration::zero()));
  }
  subjects_ = std::move(subjects);
}

// A backend whose configuration has changed is as well as it was before.
HealthTally HealthChecker::first_tally(const Backend& backend) const {
  const auto is_the_same = [&](const std::unique_ptr<Subject>& subject) {
    return subject != nullptr && subject->backend().config.name == backend.config.name &&
           subject->backend().config.url == backend.config.url;
  };
  const auto before = std::ranges::find_if(subjects_, is_the_same);
  if (before == subjects_.end()) return HealthTally(backend.config.health_check);
  return HealthTally(backend.config.health_check, (*before)->tally().is_healthy());
}

void HealthChecker::advance() {
  List<Subject, DirtySubjects> round;  // those that are dirty now; what they make dirty is for the next round
  while (Subject* subject = dirty_.pop_front())
    round.push_back(*subject);
  while (Subject* subject = round.pop_front())
    subject->advance();
}

void HealthChecker::check_now(const Backend& backend) {
  for (const auto& subject : subjects_) {
    if (&subject->backend() == &backend) subject->check_now();
  }
}

HealthChecker::Results HealthChecker::results(const Backend& backend) const {
  for (const auto& subject : subjects_) {
    if (&subject->backend() == &backend) return subject->results();
  }
  return {};
}

}  // namespace qp::upstream
