#include "io/mailbox.h"

#include <gmock/gmock.h>

#include <memory>
#include <thread>
#include <vector>

#include "io/event_loop.h"

namespace qp::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Ignore final : public EventHandler {
 public:
  void handle_events(Events /*events*/, const Turn& /*turn*/) override {}
};

TEST(MailboxTest, HandsOutAllMessagesInOrderOnce) {
  Mailbox<int> mailbox;
  mailbox.post(1);
  mailbox.post(2);
  mailbox.post(3);

  EXPECT_THAT(mailbox.take_all(), ElementsAre(1, 2, 3));
  EXPECT_THAT(mailbox.take_all(), IsEmpty());
}

TEST(MailboxTest, CarriesMessagesThatCanOnlyBeMoved) {
  Mailbox<std::unique_ptr<int>> mailbox;
  mailbox.post(std::make_unique<int>(7));

  EXPECT_EQ(*mailbox.take_all().at(0), 7);
}

TEST(MailboxTest, WakesASleepingReaderWhateverTheInterleaving) {
  constexpr int kMessages = 20'000;
  constexpr int kWriters = 2;
  Mailbox<int> mailbox;
  EventLoop loop;
  Ignore ignore;
  ASSERT_TRUE(loop.add(mailbox.fd(), ignore));
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&mailbox, writer] {
      for (int i = 0; i < kMessages; ++i)
        mailbox.post(i * kWriters + writer);
    });
  }

  std::vector<int> next(kWriters, 0);
  int taken = 0;
  while (taken < kMessages * kWriters) {
    const TimePoint deadline = EventLoop::read_clock().now + std::chrono::seconds(20);
    ASSERT_FALSE(loop.poll(deadline).empty()) << "slept through a message";
    for (const int message : mailbox.take_all()) {
      const size_t writer = static_cast<size_t>(message % kWriters);
      ASSERT_EQ(message / kWriters, next[writer]++);
      ++taken;
    }
  }

  EXPECT_EQ(taken, kMessages * kWriters);
}

}  // namespace
}  // namespace qp::io
