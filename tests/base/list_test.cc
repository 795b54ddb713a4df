#include "base/list.h"

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <vector>

namespace qp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Red;
struct Blue;

struct Item : ListNode<Red>, ListNode<Blue> {
  explicit Item(int number) : value(number) {}
  int value;
};

template <typename Tag>
std::vector<int> values(const List<Item, Tag>& list) {
  std::vector<int> all;
  list.for_each([&](Item& item) { all.push_back(item.value); });
  return all;
}

TEST(ListTest, KeepsTheOrderOfPushes) {
  List<Item, Red> list;
  Item one(1);
  Item two(2);
  Item three(3);

  list.push_back(two);
  list.push_back(three);
  list.push_front(one);

  EXPECT_THAT(values(list), ElementsAre(1, 2, 3));
  EXPECT_EQ(list.front(), &one);
  EXPECT_EQ(list.back(), &three);
}

TEST(ListTest, IsEmptyWithoutEnds) {
  const List<Item, Red> list;

  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.front(), nullptr);
  EXPECT_EQ(list.back(), nullptr);
}

TEST(ListTest, PopsFromTheFrontUntilNothingIsLeft) {
  List<Item, Red> list;
  Item one(1);
  Item two(2);
  list.push_back(one);
  list.push_back(two);

  EXPECT_EQ(list.pop_front(), &one);
  EXPECT_EQ(list.pop_front(), &two);
  EXPECT_EQ(list.pop_front(), nullptr);
  EXPECT_TRUE(list.empty());
}

TEST(ListTest, TakesOutThoseThatAreInItAndKeepsWhatComesMeanwhile) {
  List<Item, Red> list;
  Item one(1);
  auto two = std::make_unique<Item>(2);
  Item three(3);
  list.push_back(one);
  list.push_back(*two);
  list.push_back(three);
  std::vector<int> seen;

  list.take_each([&](Item& item) {
    seen.push_back(item.value);
    two.reset();
    list.push_back(item);
  });

  EXPECT_THAT(seen, ElementsAre(1, 3));
  EXPECT_THAT(values(list), ElementsAre(1, 3));
}

TEST(ListTest, RemovesFromTheMiddle) {
  List<Item, Red> list;
  Item one(1);
  Item two(2);
  Item three(3);
  list.push_back(one);
  list.push_back(two);
  list.push_back(three);

  list.remove(two);

  EXPECT_THAT(values(list), ElementsAre(1, 3));
  EXPECT_FALSE(list.holds(two));
  EXPECT_TRUE(list.holds(three));
}

TEST(ListTest, HoldsAnItemInOneListWhateverItsOthers) {
  List<Item, Red> red;
  List<Item, Blue> blue;
  Item one(1);
  Item two(2);
  red.push_back(one);
  red.push_back(two);
  blue.push_back(two);
  blue.push_back(one);

  red.remove(one);

  EXPECT_THAT(values(red), ElementsAre(2));
  EXPECT_THAT(values(blue), ElementsAre(2, 1));
}

TEST(ListTest, IsLeftByAnItemThatDies) {
  List<Item, Red> list;
  Item one(1);
  std::optional<Item> two(std::in_place, 2);
  list.push_back(one);
  list.push_back(*two);

  two.reset();

  EXPECT_THAT(values(list), ElementsAre(1));
}

TEST(ListTest, TakesAnItemBackAfterItLeft) {
  List<Item, Red> list;
  Item one(1);
  list.push_back(one);
  list.remove(one);

  list.push_back(one);

  EXPECT_THAT(values(list), ElementsAre(1));
}

TEST(ListTest, IsWalkedItemByItem) {
  List<Item, Red> list;
  Item one(1);
  Item two(2);
  list.push_back(one);
  list.push_back(two);

  EXPECT_EQ(list.next(one), &two);
  EXPECT_EQ(list.next(two), nullptr);
}

TEST(ListTest, LetsTheVisitorUnlinkWhatItVisits) {
  List<Item, Red> list;
  Item one(1);
  Item two(2);
  Item three(3);
  list.push_back(one);
  list.push_back(two);
  list.push_back(three);

  std::vector<int> seen;
  list.for_each([&](Item& item) {
    seen.push_back(item.value);
    list.remove(item);
  });

  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_THAT(values(list), IsEmpty());
}

}  // namespace
}  // namespace qp
