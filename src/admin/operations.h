// What an operator has the proxy do with a backend. Draining is done at once; stopping, starting and
// restarting go through the driver and take as long as they take:
//
//   stop       drain ─► driver stops ─► out until it is started
//   start               driver starts ─► checks pass ─► in rotation
//   restart    drain ─► driver stops ─► driver starts ─► checks pass ─► in rotation
//   crash               driver kills
//
// One of these at a time for a backend. Runs on control.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/activity.h"
#include "admin/driver.h"
#include "admin/figures.h"
#include "base/clock.h"
#include "base/timer_queue.h"
#include "upstream/backend.h"
#include "upstream/rotation.h"

namespace qp::admin {

class Operations final : private Timer {
 public:
  struct Parts {
    const Turn& turn;
    TimerQueue& timers;
    upstream::Rotation& rotation;
    Driver& driver;
    Activity& activity;
    std::function<void(const upstream::Backend&)> check_now;  // one more health check
    const Figures& figures;
  };
  explicit Operations(Parts parts) : parts_(std::move(parts)) {}
  ~Operations() { parts_.timers.disarm(*this); }

  enum class Action : uint8_t { stop, start, restart, drain, undrain, crash };

  // How long a backend's requests are waited for before it is stopped.
  static constexpr Duration kDrainPatience = std::chrono::seconds(10);
  // How long one that has been started may take until it passes its health checks. After that it is in
  // rotation, and the checks go on in their own time.
  static constexpr Duration kReadyPatience = std::chrono::seconds(30);

  // False: another one is under way for this backend.
  bool begin(const std::shared_ptr<upstream::Backend>& backend, Action action, std::string_view who);
  // "stop", "start", "restart", or "" for none.
  std::string_view pending(const upstream::Backend& backend) const;
  // Why the last order for it failed, in words for people; empty if it didn't.
  std::string failure(const upstream::Backend& backend) const;
  // Those that take requests and have no order pending.
  std::vector<std::shared_ptr<upstream::Backend>> free_and_healthy(
      std::span<const std::shared_ptr<upstream::Backend>> backends) const;

  bool is_dirty() const { return is_dirty_; }
  void advance();

 private:
  enum class Step : uint8_t { draining, stopping, starting, checking, over };
  struct Order {
    uint64_t id;
    std::shared_ptr<upstream::Backend> backend;
    Action action;
    Step step;
    TimePoint drained_by{};
    TimePoint ready_by{};
    uint64_t checks_passed = 0;  // before it was started
    bool is_answered = false;    // by the driver, for this step
    std::optional<std::string> error;
  };

  void due() override { is_dirty_ = true; }
  void advance(Order& order);
  void enter(Order& order, Step step);
  bool is_ready(const Order& order) const;
  void fail(Order& order);
  void finish(Order& order);
  void note(LogLevel level, ActivityEntry::Kind kind, const Order& order, std::string_view message,
            std::string_view detail);

  Parts parts_;
  std::vector<std::unique_ptr<Order>> orders_;
  std::map<std::string, std::string, std::less<>> failures_;  // of the last orders, by backend
  uint64_t next_id_ = 1;
  bool is_dirty_ = false;
};

std::string_view name_of(Operations::Action action);

}  // namespace qp::admin
