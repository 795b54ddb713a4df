// Deadlines of one worker, earliest first: a four-ary heap of intrusive timers.
//
// Most timers are only ever postponed (every packet moves an idle deadline), so arming one for later costs a
// store: the heap keeps the old key and finds out when it comes up.   key_ <= wanted_ for every armed timer.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace qp {

class TimerQueue;

class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { assert(queue_ == nullptr); }

  bool is_armed() const { return queue_ != nullptr; }
  TimePoint deadline() const { return is_armed() ? wanted_ : kNever; }

 protected:
  // Called by TimerQueue::expire, disarmed. It only marks the owner dirty.
  virtual void due() = 0;

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  size_t place_ = 0;
  TimePoint key_ = kNever;
  TimePoint wanted_ = kNever;
};

class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue() { assert(heap_.empty()); }

  // Arms, postpones or advances; kNever disarms.
  void arm(Timer& timer, TimePoint deadline) {
    if (deadline == kNever) return disarm(timer);
    timer.wanted_ = deadline;
    if (timer.queue_ == nullptr) {
      timer.queue_ = this;
      timer.key_ = deadline;
      heap_.push_back(&timer);
      rise(heap_.size() - 1);
    } else if (deadline < timer.key_) {
      timer.key_ = deadline;
      rise(timer.place_);
    }
  }

  void disarm(Timer& timer) {
    if (timer.queue_ == nullptr) return;
    assert(timer.queue_ == this);
    const size_t place = timer.place_;
    Timer* last = heap_.back();
    heap_.pop_back();
    timer.queue_ = nullptr;
    if (last == &timer) return;
    put(place, *last);
    rise(place);
    sink(last->place_);
  }

  // Not later than the earliest deadline; may be earlier than it.
  TimePoint next_deadline() const { return heap_.empty() ? kNever : heap_[0]->key_; }

  void expire(TimePoint now) {
    while (!heap_.empty() && heap_[0]->key_ <= now) {
      Timer& first = *heap_[0];
      if (first.wanted_ > now) {  // it was postponed meanwhile
        first.key_ = first.wanted_;
        sink(0);
        continue;
      }
      disarm(first);
      first.due();
    }
  }

  size_t size() const { return heap_.size(); }

 private:
  static constexpr size_t kArity = 4;

  void put(size_t place, Timer& timer) {
    heap_[place] = &timer;
    timer.place_ = place;
  }

  void rise(size_t place) {
    Timer& timer = *heap_[place];
    while (place > 0) {
      const size_t parent = (place - 1) / kArity;
      if (heap_[parent]->key_ <= timer.key_) break;
      put(place, *heap_[parent]);
      place = parent;
    }
    put(place, timer);
  }

  void sink(size_t place) {
    Timer& timer = *heap_[place];
    for (;;) {
      const size_t first = place * kArity + 1;
      if (first >= heap_.size()) break;
      size_t least = first;
      for (size_t child = first + 1; child < first + kArity && child < heap_.size(); ++child) {
        if (heap_[child]->key_ < heap_[least]->key_) least = child;
      }
      if (heap_[least]->key_ >= timer.key_) break;
      put(place, *heap_[least]);
      place = least;
    }
    put(place, timer);
  }

  std::vector<Timer*> heap_;
};

}  // namespace qp
