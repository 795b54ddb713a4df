// A backend under active observation. Every address of its name is checked, all of them in the backend's
// rhythm, and has a tally of its own.
//
//   due ─► HealthProbe ─► HealthTally ──► Rotation: is one of them healthy? and if so, which ones
//
// The backend is healthy as long as one address is. The others are not told to the workers then; where all
// are ill all of them are, for those who use unhealthy backends, too.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/list.h"
#include "base/log.h"
#include "base/timer_queue.h"
#include "conn/reactor.h"
#include "upstream/backend.h"
#include "upstream/health_probe.h"
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

struct HealthCheckParts {
  conn::Reactor& reactor;
  Pools& pools;  // of control: nobody else uses the operator's backends there
  Rotation& rotation;
  Log& log;
  HealthCheckOwner* owner = nullptr;  // null: nobody is told
};

// Of one backend, so far.
struct HealthCheckResults {
  uint64_t passed = 0;
  uint64_t failed = 0;
  WallTime last_at{};            // while there are any
  const char* last_reason = "";  // of the last one's failure; static text
};

struct DirtyChecks;

class CheckedBackend final : public ListNode<DirtyChecks>, private CallOwner, private Timer {
 public:
  using Dirty = List<CheckedBackend, DirtyChecks>;

  // Of who has to prove itself and has failed: until it is checked again, and for how long beside the rhythm.
  static constexpr Duration kStartPause = std::chrono::milliseconds(200);
  static constexpr Duration kStartPatience = std::chrono::seconds(30);

  // Parts and list outlive it. `before`: the same server, as it was known until now; else null. Who has to
  // prove itself is checked at once.
  CheckedBackend(const HealthCheckParts& parts, Dirty& dirty, std::shared_ptr<Backend> backend,
                 const CheckedBackend* before, Duration first_check_in);
  ~CheckedBackend();

  const Backend& backend() const { return *backend_; }
  const HealthCheckResults& results() const { return results_; }

  // News from the resolver. Those that are known keep their tally.
  void set_addresses(const AddressList& addresses);
  void check_now();
  void advance();

 private:
  class CheckedAddress;

  enum class Whom : uint8_t { all, starting };

  const config::HealthCheck& check() const { return backend_->config.health_check; }
  HealthTally first_tally() const;
  TimePoint now() const { return parts_.reactor.turn.now; }
  bool is_under_way() const;
  bool has_healthy() const;
  bool is_starting(const CheckedAddress& one) const;

  void due() override { mark(); }           // Timer
  void call_changed() override { mark(); }  // CallOwner
  void mark();
  void follow_rhythm();
  void begin(Whom whom);
  Duration jitter();
  void conclude(CheckedAddress& one, const HealthProbe::Result& result);
  void tell_result(const CheckedAddress& one, const HealthProbe::Result& result, bool is_news);
  void judge();
  void tell_addresses();
  void name(LogLine& line, const CheckedAddress& one) const;

  const HealthCheckParts& parts_;
  Dirty& dirty_;
  const std::shared_ptr<Backend> backend_;
  std::vector<std::unique_ptr<CheckedAddress>> addresses_;  // one, without an address, until a name has some
  std::shared_ptr<const AddressList> told_;                 // to the workers; null: the resolver is silent
  TimePoint due_;                                           // of the next check, by the rhythm
  TimePoint next_at_;                                       // with jitter
  TimePoint again_at_ = kNever;                             // beside it: who is starting
  TimePoint deadline_ = kNever;                             // of what is under way
  bool is_healthy_ = true;
  bool is_wanted_now_ = false;
  HealthCheckResults results_;
};

}  // namespace qp::upstream
