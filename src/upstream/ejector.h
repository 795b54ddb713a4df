// Passive checks, control's half: workers tell which backends fail request after request; those are taken out
// for a while, but never so many that too few are left.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer_queue.h"
#include "upstream/backend.h"
#include "upstream/health_checker.h"
#include "upstream/rotation.h"

namespace qp::upstream {

class Ejector final : public HealthCheckOwner, private Timer {
 public:
  struct Parts {
    const Turn& turn;
    TimerQueue& timers;
    Rotation& rotation;
    HealthChecker& checker;  // asked to check those whose time is over
    Log& log;
  };
  explicit Ejector(const Parts& parts);
  Ejector(const Ejector&) = delete;
  Ejector& operator=(const Ejector&) = delete;
  ~Ejector();

  // These are the backends from now on. Those that were known already keep their record.
  void install(const std::vector<std::shared_ptr<Backend>>& backends);

  // A worker has seen as many failures in a row as that backend is allowed.
  void handle_report(uint32_t backend_id);
  void checked(const Backend& backend, bool has_passed) override;  // HealthCheckOwner

  // Of this backend, so far.
  uint64_t ejections(const Backend& backend) const;

 private:
  struct Subject;

  void due() override;
  void eject(Subject& subject);
  void readmit(Subject& subject);
  size_t ejected() const;
  void arm_timer();

  Parts parts_;
  std::vector<Subject> subjects_;
};

}  // namespace qp::upstream
