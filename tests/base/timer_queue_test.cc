#include "base/timer_queue.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "base/random.h"

namespace qp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TimePoint at(int64_t nanoseconds) {
  return TimePoint(Duration(nanoseconds));
}

class Bell final : public Timer {
 public:
  Bell(int number, std::vector<int>& log) : number_(number), rung_(log) {}

 private:
  void due() override { rung_.push_back(number_); }
  int number_;
  std::vector<int>& rung_;
};

class TimerQueueTest : public testing::Test {
 protected:
  ~TimerQueueTest() override {
    for (Bell* bell : {&one_, &two_, &three_})
      queue_.disarm(*bell);
  }

  std::vector<int> rung_;
  TimerQueue queue_;
  Bell one_{1, rung_};
  Bell two_{2, rung_};
  Bell three_{3, rung_};
};

TEST_F(TimerQueueTest, RingsInTheOrderOfDeadlines) {
  queue_.arm(one_, at(30));
  queue_.arm(two_, at(10));
  queue_.arm(three_, at(20));

  queue_.expire(at(30));

  EXPECT_THAT(rung_, ElementsAre(2, 3, 1));
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(TimerQueueTest, RingsAtTheDeadlineAndNotBefore) {
  queue_.arm(one_, at(10));

  queue_.expire(at(9));
  EXPECT_THAT(rung_, IsEmpty());
  queue_.expire(at(10));
  EXPECT_THAT(rung_, ElementsAre(1));
}

TEST_F(TimerQueueTest, RingsOnceForOneArming) {
  queue_.arm(one_, at(10));
  queue_.expire(at(10));

  queue_.expire(at(1000));

  EXPECT_THAT(rung_, ElementsAre(1));
  EXPECT_FALSE(one_.is_armed());
  EXPECT_EQ(one_.deadline(), kNever);
}

TEST_F(TimerQueueTest, RingsAPostponedTimerAtItsLastDeadline) {
  queue_.arm(one_, at(10));
  queue_.arm(one_, at(20));
  queue_.arm(one_, at(30));
  EXPECT_EQ(one_.deadline(), at(30));

  queue_.expire(at(29));
  EXPECT_THAT(rung_, IsEmpty());
  EXPECT_EQ(queue_.next_deadline(), at(30));
  queue_.expire(at(30));
  EXPECT_THAT(rung_, ElementsAre(1));
}

TEST_F(TimerQueueTest, RingsAnAdvancedTimerAtItsEarlierDeadline) {
  queue_.arm(one_, at(30));
  queue_.arm(two_, at(20));
  queue_.arm(one_, at(10));

  EXPECT_EQ(queue_.next_deadline(), at(10));
  queue_.expire(at(10));
  EXPECT_THAT(rung_, ElementsAre(1));
}

TEST_F(TimerQueueTest, IsSilentAboutADisarmedTimer) {
  queue_.arm(one_, at(10));
  queue_.arm(two_, at(20));
  queue_.disarm(one_);
  queue_.disarm(one_);

  queue_.expire(at(100));

  EXPECT_THAT(rung_, ElementsAre(2));
}

TEST_F(TimerQueueTest, TakesNeverAsDisarming) {
  queue_.arm(one_, at(10));

  queue_.arm(one_, kNever);

  EXPECT_FALSE(one_.is_armed());
  EXPECT_EQ(queue_.next_deadline(), kNever);
}

// Against a slow and obvious model: a multimap from deadline to timer.
class Model {
 public:
  explicit Model(size_t timers) : deadlines_(timers, kNever) {}

  void arm(size_t timer, TimePoint deadline) {
    disarm(timer);
    if (deadline == kNever) return;
    by_deadline_.emplace(deadline, timer);
    deadlines_[timer] = deadline;
  }
  void disarm(size_t timer) {
    std::erase_if(by_deadline_, [&](const auto& entry) { return entry.second == timer; });
    deadlines_[timer] = kNever;
  }
  std::vector<int> expire(TimePoint now) {
    std::vector<int> due;
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      const size_t timer = by_deadline_.begin()->second;
      due.push_back(static_cast<int>(timer));
      disarm(timer);
    }
    return due;
  }
  TimePoint deadline(size_t timer) const { return deadlines_[timer]; }
  TimePoint earliest() const { return by_deadline_.empty() ? kNever : by_deadline_.begin()->first; }
  size_t size() const { return by_deadline_.size(); }

 private:
  std::multimap<TimePoint, size_t> by_deadline_;
  std::vector<TimePoint> deadlines_;
};

TEST(TimerQueueModelTest, AgreesWithAMultimapOverRandomHistories) {
  constexpr uint32_t kTimers = 40;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    std::vector<int> rung;
    TimerQueue queue;
    Model model(kTimers);
    std::vector<std::unique_ptr<Bell>> bells;
    for (uint32_t i = 0; i < kTimers; ++i)
      bells.push_back(std::make_unique<Bell>(static_cast<int>(i), rung));

    int64_t now = 0;
    for (int step = 0; step < 2000; ++step) {
      const size_t timer = random.below(kTimers);
      const TimePoint deadline = random.one_in(10) ? kNever : at(now + random.below(200));
      switch (random.below(4)) {
        case 0:
        case 1:
          queue.arm(*bells[timer], deadline);
          model.arm(timer, deadline);
          break;
        case 2:
          queue.disarm(*bells[timer]);
          model.disarm(timer);
          break;
        default: {
          now += random.below(20);
          queue.expire(at(now));
          std::vector<int> expected = model.expire(at(now));
          std::ranges::sort(expected);  // the order among equal deadlines is nobody's business
          std::ranges::sort(rung);
          ASSERT_EQ(rung, expected) << "seed " << seed << " step " << step;
          rung.clear();
        }
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_LE(queue.next_deadline(), model.earliest());
      ASSERT_EQ(bells[timer]->deadline(), model.deadline(timer));
    }
    for (const auto& bell : bells)
      queue.disarm(*bell);
  }
}

}  // namespace
}  // namespace qp
