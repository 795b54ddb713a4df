#include "observe/export_queue.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace qp::observe {

void ExportQueue::add(const Span& span, TimePoint now) {
  if (size() >= limits_.queue_spans_max) {
    ++counts_.dropped;
    return;
  }
  if (waiting_.empty()) oldest_at_ = now;
  waiting_.push_back(span);
}

TimePoint ExportQueue::next_at() const {
  if (is_under_way_ || is_empty()) return kNever;
  const bool is_due = !batch_.empty() || waiting_.size() >= limits_.batch_spans_max || is_in_hurry_;
  return std::max(not_before_, is_due ? TimePoint::min() : oldest_at_ + limits_.batch_delay);
}

std::span<const Span> ExportQueue::next_batch(TimePoint now) {
  if (next_at() > now) return {};
  is_under_way_ = true;
  if (batch_.empty()) {
    const auto count = static_cast<ptrdiff_t>(std::min(waiting_.size(), limits_.batch_spans_max));
    batch_.assign(std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.begin() + count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    oldest_at_ = now;  // those that are left came later than that at the latest
    tries_ = 0;
  }
  return batch_;
}

void ExportQueue::succeeded() {
  assert(is_under_way_);
  counts_.exported += batch_.size();
  batch_.clear();
  is_under_way_ = false;
  not_before_ = {};
}

void ExportQueue::refused() {
  assert(is_under_way_);
  ++counts_.failures;
  drop_batch();
}

void ExportQueue::failed(TimePoint now, std::optional<Duration> retry_after) {
  assert(is_under_way_);
  ++counts_.failures;
  ++tries_;
  is_under_way_ = false;
  not_before_ = now + std::min(kPauseMax, retry_after ? std::max(*retry_after, Duration::zero()) : pause());
  if (tries_ >= kTriesMax || is_in_hurry_) drop_batch();
}

void ExportQueue::hurry() {
  is_in_hurry_ = true;
  not_before_ = {};
}

void ExportQueue::drop_batch() {
  counts_.dropped += batch_.size();
  batch_.clear();
  is_under_way_ = false;
}

// Doubles with every failure, and differs by up to a quarter, so that many proxies don't come back at once.
Duration ExportQueue::pause() {
  const Duration longest = std::min(kPauseMax, kFirstPause * (1 << (tries_ - 1)));
  return longest - longest * random_.below(1000) / 4000;
}

}  // namespace qp::observe
