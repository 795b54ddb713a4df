#include "base/slice.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace qp {
namespace {

constexpr size_t kBlockMemory = 64 * 1024;

TEST(SliceTest, ViewsStaticTextWithoutABlock) {
  const Slice slice = Slice::of_static("hello");
  const Slice copy = slice;

  EXPECT_EQ(slice.text(), "hello");
  EXPECT_EQ(copy.data(), slice.data());
}

TEST(SliceTest, IsEmptyUntilItIsGivenSomething) {
  EXPECT_TRUE(Slice().empty());
  EXPECT_EQ(Slice().text(), "");
}

TEST(SliceTest, GivesPartsOfItself) {
  const Slice slice = Slice::of_static("hello world");

  EXPECT_EQ(slice.sub(6, 5).text(), "world");
  EXPECT_EQ(slice.sub(11, 0).text(), "");
  Slice rest = slice;
  rest.remove_prefix(6);
  EXPECT_EQ(rest.text(), "world");
  EXPECT_EQ(slice.text(), "hello world");
}

TEST(SliceTest, LeavesNothingBehindWhenMoved) {
  BlockPool pool;
  Slice source = pool.copy("hello");

  const Slice target = std::move(source);

  EXPECT_TRUE(source.empty());
  EXPECT_EQ(target.text(), "hello");
}

TEST(SliceTest, TakesInWhatContinuesItInTheSameBlock) {
  BlockPool pool;
  Slice first = pool.copy("abc");
  const Slice second = pool.copy("def");
  const Slice third = pool.copy("ghi");

  EXPECT_FALSE(first.try_extend(third));
  EXPECT_TRUE(first.try_extend(second));
  EXPECT_TRUE(first.try_extend(third));

  EXPECT_EQ(first.text(), "abcdefghi");
}

TEST(SliceTest, DoesNotTakeInStaticText) {
  const char text[] = "abcdef";
  Slice first = Slice::of_static({text, 3});

  EXPECT_FALSE(first.try_extend(Slice::of_static({text + 3, 3})));
}

TEST(BlockPoolTest, SharesABlockAmongSmallSlices) {
  BlockPool pool;
  std::vector<Slice> slices;
  for (int i = 0; i < 100; ++i)
    slices.push_back(pool.copy("0123456789"));

  EXPECT_EQ(pool.memory(), kBlockMemory);
}

TEST(BlockPoolTest, HandsOutWritableBytesThatBecomeASlice) {
  BlockPool pool;
  const std::span<unsigned char> tail = pool.tail(100);
  ASSERT_GE(tail.size(), 100u);
  std::ranges::copy(std::string("read from a socket"), tail.begin());

  EXPECT_EQ(pool.commit(18).text(), "read from a socket");
}

TEST(BlockPoolTest, StartsOverInTheSameBlockWhenNobodyHoldsAnyOfIt) {
  BlockPool pool;
  const unsigned char* start = pool.tail(1).data();
  {
    const Slice passing = pool.copy("passing");
  }

  EXPECT_EQ(pool.tail(1).data(), start);
}

TEST(BlockPoolTest, NeverWritesOverWhatASliceHolds) {
  BlockPool pool;
  const Slice kept = pool.copy("kept");
  {
    const Slice passing = pool.copy("passing");
  }

  EXPECT_GE(pool.tail(1).data(), kept.data() + kept.size());
}

TEST(BlockPoolTest, TakesANewBlockWhenTheTailIsTooShort) {
  BlockPool pool;
  const Slice first = pool.copy(std::string(BlockPool::kBlockBytes - 10, 'a'));
  const Slice fitting = pool.copy("0123456789");
  EXPECT_EQ(pool.memory(), kBlockMemory);

  const Slice beyond = pool.copy("x");

  EXPECT_EQ(pool.memory(), 2 * kBlockMemory);
  EXPECT_EQ(fitting.text(), "0123456789");
}

TEST(BlockPoolTest, GivesAWholeBlockAtMost) {
  BlockPool pool;

  EXPECT_EQ(pool.tail(BlockPool::kBlockBytes).size(), BlockPool::kBlockBytes);
  EXPECT_TRUE(pool.copy("").empty());
}

TEST(BlockPoolTest, CountsOnlyBlocksThatAreHeld) {
  BlockPool pool;
  std::vector<Slice> slices;
  for (int i = 0; i < 200; ++i)
    slices.push_back(pool.copy(std::string(BlockPool::kBlockBytes, 'x')));
  EXPECT_EQ(pool.memory(), 200 * kBlockMemory);

  slices.clear();

  EXPECT_EQ(pool.memory(), kBlockMemory);  // the current one
}

TEST(BlockPoolTest, KeepsEveryByteOfARandomMixOfSlices) {
  BlockPool pool;
  Random random(7);
  std::vector<std::pair<Slice, std::string>> held;
  for (int i = 0; i < 5000; ++i) {
    std::string text(random.below(3000), static_cast<char>('a' + random.below(26)));
    Slice slice = pool.copy(text);
    if (random.one_in(3) && !text.empty()) {
      slice = slice.sub(1, slice.size() - 1);
      text.erase(0, 1);
    }
    held.emplace_back(std::move(slice), std::move(text));
    while (held.size() > 100) {
      const size_t victim = random.below(static_cast<uint32_t>(held.size()));
      ASSERT_EQ(held[victim].first.text(), held[victim].second);
      std::swap(held[victim], held.back());
      held.pop_back();
    }
  }

  for (const auto& [slice, text] : held)
    EXPECT_EQ(slice.text(), text);
}

}  // namespace
}  // namespace qp
