// Asks the workers for their clients' connections, and puts together what they answer. A worker that is too
// busy to answer is not waited for. Runs on control.
//
//   ask ─► every worker's mailbox ─► control's mailbox ─► handle ─► promise kept
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "admin/connections.h"
#include "base/clock.h"
#include "base/decider.h"
#include "base/timer_queue.h"
#include "server/message.h"

namespace qp::server {

class Census final : public admin::ConnectionCensus, public Decider, private Timer {
 public:
  // All of it outlives the census.
  struct Parts {
    const Turn& turn;
    TimerQueue& timers;
    std::function<size_t(const WorkerMessage&)> tell_workers;  // returns how many there are
  };
  explicit Census(Parts parts) : parts_(std::move(parts)) {}
  ~Census() { parts_.timers.disarm(*this); }

  static constexpr Duration kPatience = std::chrono::seconds(1);
  static constexpr size_t kQuestionsMax = 16;  // that wait for workers

  void ask(const admin::ConnectionQuery& query, admin::Promise promise) override;
  void handle(ConnectionsListed answer);

  bool is_dirty() const override { return is_dirty_; }
  void advance() override;
  void reap() override {}

 private:
  struct Question {
    uint64_t id;
    admin::Promise promise;
    size_t limit;
    TimePoint deadline;
    size_t workers;
    size_t answers = 0;
    admin::ConnectionList list;
  };

  void due() override { is_dirty_ = true; }
  static void settle(Question& question);

  Parts parts_;
  std::vector<Question> questions_;  // oldest first
  uint64_t last_id_ = 0;
  bool is_dirty_ = false;
};

}  // namespace qp::server
