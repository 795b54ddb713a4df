#include "base/log_ring.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>

namespace qp {
namespace {

std::string take_all(LogRing& ring) {
  const auto [first, second] = ring.readable();
  std::string all(first);
  all += second;
  ring.consume(all.size());
  return all;
}

TEST(LogRingTest, HandsOverLinesInOrder) {
  LogRing ring(64);
  ring.push("one\n");
  ring.push("two\n");

  EXPECT_EQ(take_all(ring), "one\ntwo\n");
  EXPECT_EQ(take_all(ring), "");
}

TEST(LogRingTest, WrapsALineAroundItsEnd) {
  LogRing ring(16);
  ring.push("0123456789\n");
  take_all(ring);

  ring.push("abcdefghij\n");

  EXPECT_EQ(ring.readable()[0], "abcde");
  EXPECT_EQ(ring.readable()[1], "fghij\n");
  EXPECT_EQ(take_all(ring), "abcdefghij\n");
}

TEST(LogRingTest, TakesExactlyWhatFitsAndDropsTheNextByte) {
  LogRing ring(16);
  ring.push("0123456789abcde\n");
  EXPECT_EQ(ring.dropped(), 0u);

  ring.push("\n");

  EXPECT_EQ(ring.dropped(), 1u);
  EXPECT_EQ(take_all(ring), "0123456789abcde\n");
}

TEST(LogRingTest, DropsALineThatNeverFits) {
  LogRing ring(16);
  ring.push("0123456789abcdef\n");

  EXPECT_EQ(ring.dropped(), 1u);
  EXPECT_EQ(take_all(ring), "");
}

TEST(LogRingTest, HasRoomAgainForWhatWasConsumed) {
  LogRing ring(16);
  ring.push("0123456\n");
  ring.push("789abcd\n");

  ring.consume(8);
  ring.push("efghijk\n");

  EXPECT_EQ(take_all(ring), "789abcd\nefghijk\n");
  EXPECT_EQ(ring.dropped(), 0u);
}

TEST(LogRingTest, AsksToBeReadWhenMoreThanHalfIsFull) {
  LogRing ring(16);
  ring.push("0123456\n");
  EXPECT_FALSE(ring.is_half_full());

  ring.push("\n");
  EXPECT_TRUE(ring.is_half_full());

  take_all(ring);
  EXPECT_FALSE(ring.is_half_full());
}

TEST(LogRingTest, LosesNothingButWholeLinesBetweenTwoThreads) {
  constexpr int kLines = 50'000;
  LogRing ring(256);
  std::jthread writer([&] {
    for (int i = 0; i < kLines; ++i)
      ring.push("line " + std::to_string(1'000'000 + i) + "\n");
  });

  std::string all;
  for (;;) {
    const std::string some = take_all(ring);
    all += some;
    const uint64_t lines = all.size() / std::string_view("line 1000000\n").size();
    if (some.empty() && lines + ring.dropped() == kLines) break;
    std::this_thread::yield();
  }

  std::string last;
  for (size_t at = 0; at < all.size(); at += 13) {
    const std::string line = all.substr(at, 13);
    ASSERT_EQ(line.substr(0, 5), "line ");
    ASSERT_EQ(line.back(), '\n');
    ASSERT_GT(line, last);
    last = line;
  }
}

}  // namespace
}  // namespace qp
