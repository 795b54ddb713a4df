// How many of a route's requests may be retries at the same time, on one worker: a share of those that are
// open. So backends in trouble get a little more work than usual, and not several times as much. Requests
// that no backend was reached for make none, and are not counted.
//
//   retries_ <= max(requests_min, share * open_)
#pragma once
#include <algorithm>
#include <cassert>
#include <cstdint>

namespace qp::proxy {

class RetryBudget {
 public:
  RetryBudget(double share, uint32_t requests_min) : share_(share), requests_min_(requests_min) {}
  RetryBudget(const RetryBudget&) = delete;
  RetryBudget& operator=(const RetryBudget&) = delete;
  ~RetryBudget() { assert(open_ == 0); }

  // One request's part in it, as long as it lives. The budget outlives it.
  class Share {
   public:
    Share() = default;
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() {
      if (budget_ == nullptr) return;
      --budget_->open_;
      if (is_retry_) --budget_->retries_;
    }

    void open(RetryBudget& budget) {
      assert(budget_ == nullptr);
      budget_ = &budget;
      ++budget.open_;
    }
    // The request is about to be tried again; false: too many are already. A request counts once.
    bool retry() {
      if (!is_retry_ && budget_->retries_ >= budget_->retries_max()) return false;
      if (!is_retry_) ++budget_->retries_;
      is_retry_ = true;
      return true;
    }

   private:
    RetryBudget* budget_ = nullptr;
    bool is_retry_ = false;
  };

  uint32_t open() const { return open_; }
  uint32_t retries() const { return retries_; }

 private:
  uint32_t retries_max() const { return std::max(requests_min_, static_cast<uint32_t>(share_ * open_)); }

  const double share_;
  const uint32_t requests_min_;
  uint32_t open_ = 0;
  uint32_t retries_ = 0;
};

}  // namespace qp::proxy
