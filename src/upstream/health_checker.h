// Active checks: asks every backend at regular intervals whether it is well, and marks those that are not.
// Runs on control.
//
// The first check comes one interval after the start at the latest; the others keep that rhythm, however long
// a check takes. The backends have their turns spread over the interval. Who has to prove itself first is
// checked at once, and quickly again until it is well, for a while: it may be starting just now.
#pragma once
#include <memory>
#include <vector>

#include "base/decider.h"
#include "upstream/backend.h"
#include "upstream/checked_backend.h"

namespace qp::upstream {

class HealthChecker final : public Decider {
 public:
  using Parts = HealthCheckParts;
  using Results = HealthCheckResults;

  explicit HealthChecker(const Parts& parts);
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;
  ~HealthChecker();

  // These are the backends from now on. Checks of those that were known already go on; none: all checks end.
  void install(const std::vector<std::shared_ptr<Backend>>& backends);

  // News from the resolver. Through rotation the workers hear of those that may be used.
  void set_addresses(const Backend& backend, std::shared_ptr<const AddressList> addresses);

  // One more check of a backend that is checked, beside its rhythm.
  void check_now(const Backend& backend);

  bool is_dirty() const override { return !dirty_.empty(); }
  void advance() override;
  void reap() override {}

  Results results(const Backend& backend) const;

 private:
  CheckedBackend* find(const Backend& backend) const;
  const CheckedBackend* find_known(const config::Backend& config) const;

  Parts parts_;
  std::vector<std::unique_ptr<CheckedBackend>> checked_;
  CheckedBackend::Dirty dirty_;
};

}  // namespace qp::upstream
