#include "io/event_loop.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <vector>

#include "io/mailbox.h"

namespace qp::io {
namespace {

using std::chrono::milliseconds;

struct SocketPair {
  Fd ours;
  Fd theirs;

  SocketPair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours = Fd(fds[0]);
    theirs = Fd(fds[1]);
  }
  void write_theirs() const { EXPECT_EQ(::write(theirs.get(), "x", 1), 1); }
};

class Recorder final : public EventHandler {
 public:
  void handle_events(Events events, const Turn& /*turn*/) override {
    seen.push_back(events);
    if (also) also();
  }
  std::vector<Events> seen;
  std::function<void()> also;
};

class EventLoopTest : public testing::Test {
 protected:
  static TimePoint in(Duration duration) { return EventLoop::read_clock().now + duration; }

  // One look, then everything that is ready handled.
  size_t look() { return handle(loop_.poll(TimePoint::min())); }
  size_t handle(std::span<const Ready> batch) {
    const Turn turn = EventLoop::read_clock();
    for (const Ready& ready : batch)
      ready.handler->handle_events(ready.events, turn);
    return batch.size();
  }

  EventLoop loop_;
};

TEST_F(EventLoopTest, TellsThatANewSocketIsWritableAndThenNothing) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));

  EXPECT_EQ(look(), 1u);
  EXPECT_EQ(look(), 0u);

  ASSERT_EQ(recorder.seen.size(), 1u);
  EXPECT_TRUE(recorder.seen[0].writable);
  EXPECT_FALSE(recorder.seen[0].readable);
  EXPECT_FALSE(recorder.seen[0].hung_up);
}

TEST_F(EventLoopTest, TellsEachArrivalOnceWithoutBeingRead) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));
  look();

  pair.write_theirs();
  EXPECT_EQ(look(), 1u);
  EXPECT_EQ(look(), 0u);
  pair.write_theirs();
  EXPECT_EQ(look(), 1u);

  EXPECT_TRUE(recorder.seen.back().readable);
}

TEST_F(EventLoopTest, TellsOfRoomOnlyWhomItInterests) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder, Interest::reading));
  EXPECT_EQ(look(), 0u);
  loop_.change(pair.ours.get(), Interest::all);
  EXPECT_EQ(look(), 1u);
  EXPECT_TRUE(recorder.seen.back().writable);
  loop_.change(pair.ours.get(), Interest::reading);
  pair.write_theirs();
  EXPECT_EQ(look(), 1u);
  EXPECT_TRUE(recorder.seen.back().readable);
  EXPECT_FALSE(recorder.seen.back().writable);
}

TEST_F(EventLoopTest, TellsThatThePeerIsGone) {
  SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));
  look();

  pair.theirs = Fd();
  look();

  EXPECT_TRUE(recorder.seen.back().readable);
  EXPECT_TRUE(recorder.seen.back().hung_up);
}

TEST_F(EventLoopTest, WakesAtTheDeadlineWhenNothingIsReady) {
  const TimePoint deadline = in(milliseconds(5));

  EXPECT_TRUE(loop_.poll(deadline).empty());

  EXPECT_GE(EventLoop::read_clock().now, deadline);
  EXPECT_LT(EventLoop::read_clock().now, deadline + std::chrono::seconds(5));
}

TEST_F(EventLoopTest, WakesForASecondDeadlineAfterTheFirst) {
  for (int i = 0; i < 3; ++i) {
    const TimePoint deadline = in(milliseconds(2));
    EXPECT_TRUE(loop_.poll(deadline).empty());
    EXPECT_GE(EventLoop::read_clock().now, deadline);
  }
}

TEST_F(EventLoopTest, WakesForADeadlineThatIsEarlierThanTheArmedOne) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));
  EXPECT_FALSE(
      loop_.poll(in(std::chrono::hours(1))).empty());  // arms the timer, but the socket is ready first

  const TimePoint deadline = in(milliseconds(3));
  EXPECT_TRUE(loop_.poll(deadline).empty());

  EXPECT_GE(EventLoop::read_clock().now, deadline);
}

TEST_F(EventLoopTest, SleepsOnPastADeadlineThatWasPostponed) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));
  EXPECT_FALSE(loop_.poll(in(milliseconds(2))).empty());  // arms the timer, but the socket is ready first

  const TimePoint postponed = in(milliseconds(10));
  EXPECT_TRUE(loop_.poll(postponed).empty());

  EXPECT_GE(EventLoop::read_clock().now, postponed);
}

TEST_F(EventLoopTest, ReturnsAtOnceForAPastDeadline) {
  EXPECT_TRUE(loop_.poll(in(milliseconds(-1))).empty());
  EXPECT_TRUE(loop_.poll(TimePoint::min()).empty());
}

TEST_F(EventLoopTest, DoesNotCallAHandlerRemovedByAnotherOfTheSameBatch) {
  const SocketPair first;
  const SocketPair second;
  Recorder one;
  Recorder other;
  ASSERT_TRUE(loop_.add(first.ours.get(), one));
  ASSERT_TRUE(loop_.add(second.ours.get(), other));
  one.also = [&] { loop_.remove(second.ours.get()); };
  other.also = [&] { loop_.remove(first.ours.get()); };

  EXPECT_EQ(look(), 2u);

  EXPECT_EQ(one.seen.size() + other.seen.size(), 1u);
}

TEST_F(EventLoopTest, DoesNotTakeAReusedDescriptorForItsPredecessor) {
  const SocketPair first;
  SocketPair second;
  Recorder one;
  Recorder dead;
  Recorder successor;
  ASSERT_TRUE(loop_.add(first.ours.get(), one));
  ASSERT_TRUE(loop_.add(second.ours.get(), dead));
  const int number = second.ours.get();
  one.also = [&] {
    if (!second.ours.is_open()) return;
    second.ours = Fd();
    second.ours = Fd(::fcntl(first.ours.get(), F_DUPFD_CLOEXEC, number));
    ASSERT_EQ(second.ours.get(), number);
    ASSERT_TRUE(loop_.add(number, successor));
  };

  // Epoll reports in the order in which the sockets became ready, so that `one` comes first.
  look();

  EXPECT_EQ(one.seen.size(), 1u);
  EXPECT_TRUE(dead.seen.empty());
  EXPECT_TRUE(successor.seen.empty());
  look();
  EXPECT_EQ(successor.seen.size(), 1u);
}

TEST_F(EventLoopTest, IsQuietAboutARemovedDescriptor) {
  const SocketPair pair;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(pair.ours.get(), recorder));
  look();

  loop_.remove(pair.ours.get());
  pair.write_theirs();

  EXPECT_EQ(look(), 0u);
}

TEST_F(EventLoopTest, RefusesWhatIsNoDescriptorOfAStream) {
  Recorder recorder;
  const int closed = 1'000'000;

  EXPECT_FALSE(loop_.add(closed, recorder));
}

TEST_F(EventLoopTest, IsWokenByASignalledWakeupAgainAndAgain) {
  Wakeup wakeup;
  Recorder recorder;
  ASSERT_TRUE(loop_.add(wakeup.fd(), recorder));
  look();

  for (size_t i = 1; i <= 3; ++i) {
    wakeup.signal();
    EXPECT_EQ(handle(loop_.poll(kNever)), 1u);
    wakeup.clear();
    EXPECT_TRUE(recorder.seen.back().readable);
    look();  // clearing makes an eventfd writable, which nobody minds
  }
}

}  // namespace
}  // namespace qp::io
