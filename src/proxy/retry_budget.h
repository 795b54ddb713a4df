// How many of a route's requests may be retries at the same time, on one worker: a share of those that are
// open. So backends in trouble get a little more work than usual, and not several times as much. Requests
// that no backend was reached for make none, and are not counted.
//
//   retries_ <= max(requests_min, share * open_) + what was saved
//
// The share is about trouble that lasts. One backend that dies breaks at once whatever it has under way, a
// third of all open requests where there are three, and the others can well take it. So each request that
// needs no retry saves its share of one for such a moment; where all of them fail nothing is saved any more.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstdint>

namespace qp::proxy {

class RetryBudget {
 public:
  RetryBudget(double share, uint32_t requests_min, uint32_t saved_requests_max)
      : share_(share), requests_min_(requests_min), saved_requests_max_(saved_requests_max) {}
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
      if (!is_retry_ && !is_denied_) budget_->save();
    }

    void open(RetryBudget& budget) {
      assert(budget_ == nullptr);
      budget_ = &budget;
      ++budget.open_;
    }
    // The request is about to be tried again; false: too many are already. A request counts once.
    bool retry() {
      if (is_retry_) return true;
      is_retry_ = budget_->take();
      is_denied_ = !is_retry_;
      return is_retry_;
    }

   private:
    RetryBudget* budget_ = nullptr;
    bool is_retry_ = false;
    bool is_denied_ = false;
  };

  uint32_t open() const { return open_; }
  uint32_t retries() const { return retries_; }

 private:
  bool take() {
    const bool is_within = retries_ < std::max(requests_min_, static_cast<uint32_t>(share_ * open_));
    if (!is_within && saved_ < 1) return false;
    if (!is_within) saved_ -= 1;
    ++retries_;
    return true;
  }
  void save() { saved_ = std::min(saved_ + share_, static_cast<double>(saved_requests_max_)); }

  const double share_;
  const uint32_t requests_min_;
  const uint32_t saved_requests_max_;
  uint32_t open_ = 0;
  uint32_t retries_ = 0;
  double saved_ = 0;  // in retries
};

}  // namespace qp::proxy
