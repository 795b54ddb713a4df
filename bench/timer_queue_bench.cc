// What the deadlines of many connections cost.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/timer_queue.h"

namespace qp {
namespace {

class Silent final : public Timer {
  void due() override {}
};

class Armed {
 public:
  explicit Armed(size_t count) {
    Random random(1);
    for (size_t i = 0; i < count; ++i) {
      timers_.push_back(std::make_unique<Silent>());
      queue.arm(*timers_.back(), at(random.below(1'000'000)));
    }
  }
  ~Armed() {
    for (const auto& timer : timers_)
      queue.disarm(*timer);
  }
  Timer& next() { return *timers_[next_++ % timers_.size()]; }
  static TimePoint at(int64_t nanoseconds) { return TimePoint(Duration(nanoseconds)); }

  TimerQueue queue;

 private:
  std::vector<std::unique_ptr<Silent>> timers_;
  size_t next_ = 0;
};

// Every packet moves an idle deadline.
void postpone(benchmark::State& state) {
  Armed armed(static_cast<size_t>(state.range(0)));
  int64_t now = 1'000'000;
  for (auto _ : state)
    armed.queue.arm(armed.next(), Armed::at(++now));
}
BENCHMARK(postpone)->Arg(100)->Arg(10'000);

void disarm_and_arm(benchmark::State& state) {
  Armed armed(static_cast<size_t>(state.range(0)));
  Random random(2);
  for (auto _ : state) {
    Timer& timer = armed.next();
    armed.queue.disarm(timer);
    armed.queue.arm(timer, Armed::at(random.below(1'000'000)));
  }
}
BENCHMARK(disarm_and_arm)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace qp
