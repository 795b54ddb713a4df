#include "observe/export_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace qp::observe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::Ge;
using testing::Le;

constexpr TimePoint kStart{std::chrono::hours(1)};

class ExportQueueTest : public testing::Test {
 protected:
  void add(int count, TimePoint now = kStart) {
    for (int i = 0; i < count; ++i)
      queue.add({.name = std::to_string(next_name++)}, now);
  }
  static std::string names(std::span<const Span> batch) {
    std::string text;
    for (const Span& span : batch)
      text += span.name + ' ';
    return text;
  }

  Random random{1};
  ExportQueue queue{{.queue_spans_max = 8, .batch_spans_max = 3, .batch_delay = seconds(1)}, random};
  int next_name = 0;
};

TEST_F(ExportQueueTest, HasNothingToSendAtFirst) {
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.next_at(), kNever);
  EXPECT_TRUE(queue.next_batch(kStart).empty());
}

TEST_F(ExportQueueTest, LetsALoneSpanWaitForOthersOnlySoLong) {
  add(1);
  add(1, kStart + milliseconds(900));

  EXPECT_EQ(queue.next_at(), kStart + seconds(1));
  EXPECT_TRUE(queue.next_batch(kStart + milliseconds(999)).empty());
  EXPECT_EQ(names(queue.next_batch(kStart + seconds(1))), "0 1 ");
}

TEST_F(ExportQueueTest, SendsAFullBatchAtOnceAndNeverALargerOne) {
  add(4);

  EXPECT_EQ(names(queue.next_batch(kStart)), "0 1 2 ");
  queue.succeeded();

  EXPECT_TRUE(queue.next_batch(kStart + milliseconds(999)).empty());
  EXPECT_EQ(names(queue.next_batch(kStart + seconds(1))), "3 ");
}

TEST_F(ExportQueueTest, HasOneBatchUnderWayAtATime) {
  add(6);
  EXPECT_EQ(names(queue.next_batch(kStart)), "0 1 2 ");

  EXPECT_EQ(queue.next_at(), kNever);
  EXPECT_TRUE(queue.next_batch(kStart + seconds(100)).empty());
}

TEST_F(ExportQueueTest, DropsAndCountsOneMoreThanMayWait) {
  add(3);
  EXPECT_EQ(names(queue.next_batch(kStart)), "0 1 2 ");  // it counts as long as it may come back
  add(5);
  EXPECT_EQ(queue.size(), 8U);
  EXPECT_EQ(queue.counts().dropped, 0U);

  add(1);

  EXPECT_EQ(queue.size(), 8U);
  EXPECT_EQ(queue.counts().dropped, 1U);
}

TEST_F(ExportQueueTest, CountsWhatWasExported) {
  add(3);
  EXPECT_EQ(queue.next_batch(kStart).size(), 3U);

  queue.succeeded();

  EXPECT_EQ(queue.counts().exported, 3U);
  EXPECT_EQ(queue.counts().failures, 0U);
  EXPECT_TRUE(queue.is_empty());
}

TEST_F(ExportQueueTest, TriesAFailedBatchAgainAfterPausesThatDouble) {
  add(4);
  TimePoint now = kStart;
  for (const int longest : {1, 2, 4, 8, 16}) {
    EXPECT_EQ(names(queue.next_batch(now)), "0 1 2 ");

    queue.failed(now);

    const Duration pause = queue.next_at() - now;
    EXPECT_THAT(pause, AllOf(Ge(seconds(longest) * 3 / 4), Le(seconds(longest))));
    EXPECT_TRUE(queue.next_batch(now + pause - Duration(1)).empty());
    now += pause;
  }
}

TEST_F(ExportQueueTest, GivesABatchUpThatFailsTooOften) {
  add(4);
  TimePoint now = kStart;
  for (int i = 0; i < ExportQueue::kTriesMax; ++i) {
    EXPECT_EQ(names(queue.next_batch(now)), "0 1 2 ");
    queue.failed(now);
    now = std::max(now, queue.next_at());
  }

  EXPECT_EQ(queue.counts().dropped, 3U);
  EXPECT_EQ(queue.counts().failures, 6U);
  EXPECT_EQ(names(queue.next_batch(now)), "3 ");
}

TEST_F(ExportQueueTest, LeavesTheCollectorAloneAsLongAsItAsksFor) {
  add(3);
  EXPECT_EQ(queue.next_batch(kStart).size(), 3U);

  queue.failed(kStart, seconds(7));

  EXPECT_EQ(queue.next_at(), kStart + seconds(7));
}

TEST_F(ExportQueueTest, DoesNotBelieveACollectorThatWantsToBeLeftAloneForEver) {
  add(3);
  EXPECT_EQ(queue.next_batch(kStart).size(), 3U);

  queue.failed(kStart, std::chrono::hours(1000));

  EXPECT_EQ(queue.next_at(), kStart + seconds(60));
}

TEST_F(ExportQueueTest, DropsABatchThatWasRefusedAndGoesOn) {
  add(4);
  EXPECT_EQ(queue.next_batch(kStart).size(), 3U);

  queue.refused();

  EXPECT_EQ(queue.counts().dropped, 3U);
  EXPECT_EQ(queue.counts().failures, 1U);
  EXPECT_EQ(names(queue.next_batch(kStart + seconds(1))), "3 ");
}

TEST_F(ExportQueueTest, SendsEverythingAtOnceAndOnlyOnceWhenTheEndIsNear) {
  add(4);
  EXPECT_EQ(queue.next_batch(kStart).size(), 3U);
  queue.failed(kStart);

  queue.hurry();

  EXPECT_EQ(names(queue.next_batch(kStart)), "0 1 2 ");
  queue.failed(kStart);
  EXPECT_EQ(queue.counts().dropped, 3U);
  queue.hurry();
  EXPECT_EQ(names(queue.next_batch(kStart)), "3 ");
  queue.succeeded();
  EXPECT_TRUE(queue.is_empty());
}

}  // namespace
}  // namespace qp::observe
