#include "upstream/ejector.h"

#include <algorithm>
#include <utility>

#include "upstream/ejection.h"

namespace qp::upstream {

struct Ejector::Subject {
  std::shared_ptr<Backend> backend;
  Ejection ejection;
  uint64_t ejections = 0;
};

Ejector::Ejector(const Parts& parts) : parts_(parts) {}

Ejector::~Ejector() {
  parts_.timers.disarm(*this);
}

void Ejector::install(const std::vector<std::shared_ptr<Backend>>& backends) {
  std::vector<Subject> subjects;
  for (const std::shared_ptr<Backend>& backend : backends) {
    const auto known = std::ranges::find(subjects_, backend, &Subject::backend);
    subjects.push_back(known != subjects_.end() ? *known : Subject{backend, {}});
  }
  subjects_ = std::move(subjects);
  arm_timer();
}

void Ejector::handle_report(uint32_t backend_id) {
  for (Subject& subject : subjects_) {
    const bool is_in = subject.ejection.state() == Ejection::State::in;
    if (subject.backend->id == backend_id && is_in) eject(subject);
  }
}

uint64_t Ejector::ejections(const Backend& backend) const {
  const auto subject =
      std::ranges::find(subjects_, &backend, [](const Subject& one) { return one.backend.get(); });
  return subject != subjects_.end() ? subject->ejections : 0;
}

void Ejector::eject(Subject& subject) {
  const config::OutlierDetection& config = subject.backend->config.outlier_detection;
  if (!may_eject(ejected(), subjects_.size(), config.max_ejected_percent)) {
    parts_.log.warn("Backend keeps failing")
        .field("backend", subject.backend->config.name)
        .field("reason", "max_ejected_percent forbids to eject it");
    return;
  }
  const Duration time = subject.ejection.eject(config, parts_.turn.now);
  ++subject.ejections;
  parts_.log.warn("Ejected backend")
      .field("backend", subject.backend->config.name)
      .field("failures", config.consecutive_failures)
      .field("times", subject.ejection.times())
      .field("ejection_ms", time / std::chrono::milliseconds(1));
  parts_.rotation.set_ejected(*subject.backend, true);
  arm_timer();
}

void Ejector::due() {
  for (Subject& subject : subjects_) {
    const bool is_checked = subject.backend->config.health_check.enabled;
    if (!subject.ejection.expire(parts_.turn.now, is_checked)) continue;
    if (is_checked) {
      parts_.checker.check_now(*subject.backend);
    } else {
      readmit(subject);
    }
  }
  arm_timer();
}

void Ejector::checked(const Backend& backend, bool has_passed) {
  for (Subject& subject : subjects_) {
    if (subject.backend.get() != &backend || !has_passed) continue;
    if (subject.ejection.handle_pass(parts_.turn.now)) readmit(subject);
  }
}

void Ejector::readmit(Subject& subject) {
  parts_.log.info("Readmitted backend").field("backend", subject.backend->config.name);
  parts_.rotation.set_ejected(*subject.backend, false);
}

size_t Ejector::ejected() const {
  return static_cast<size_t>(std::ranges::count_if(
      subjects_, [](const Subject& one) { return one.ejection.state() != Ejection::State::in; }));
}

void Ejector::arm_timer() {
  TimePoint next = kNever;
  for (const Subject& subject : subjects_)
    next = std::min(next, subject.ejection.until());
  parts_.timers.arm(*this, next);
}

}  // namespace qp::upstream
