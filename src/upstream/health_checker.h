// Active checks: asks every backend at regular intervals whether it is well, and marks those that are not.
// Runs on control.
//
//   due ─► HealthProbe ─► HealthTally ─► Rotation, log
//
// The first check comes one interval after the start at the latest; the others keep that rhythm, however long
// a check takes. The backends have their turns spread over the interval.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/decider.h"
#include "base/list.h"
#include "base/log.h"
#include "conn/reactor.h"
#include "upstream/backend.h"
#include "upstream/health_tally.h"
#include "upstream/pools.h"
#include "upstream/rotation.h"

namespace qp::upstream {

class HealthCheckOwner {
 public:
  // A check of this backend is over, and its standing is what it came to.
  virtual void checked(const Backend& backend, bool has_passed) = 0;

 protected:
  ~HealthCheckOwner() = default;
};

class HealthChecker final : public Decider {
 public:
  struct Parts {
    conn::Reactor& reactor;
    Pools& pools;  // of control: nobody else uses the operator's backends there
    Rotation& rotation;
    Log& log;
    HealthCheckOwner* owner = nullptr;  // null: nobody is told
  };
  explicit HealthChecker(const Parts& parts);
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;
  ~HealthChecker();

  // These are the backends from now on. Checks of those that were known already go on; none: all checks end.
  void install(const std::vector<std::shared_ptr<Backend>>& backends);

  // One more check of a backend that is checked, beside its rhythm.
  void check_now(const Backend& backend);

  bool is_dirty() const override { return !dirty_.empty(); }
  void advance() override;
  void reap() override {}

  // Of one backend, so far.
  struct Results {
    uint64_t passed = 0;
    uint64_t failed = 0;
    WallTime last_at{};            // while there are any
    const char* last_reason = "";  // of the last one's failure; static text
  };
  Results results(const Backend& backend) const;

 private:
  class Subject;
  HealthTally first_tally(const Backend& backend) const;
  struct DirtySubjects;

  Parts parts_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  List<Subject, DirtySubjects> dirty_;
};

}  // namespace qp::upstream
