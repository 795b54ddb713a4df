#include "base/slab.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace qp {
namespace {

struct Counted {
  explicit Counted(int& counter) : count(&counter) { ++*count; }
  ~Counted() { --*count; }
  int* count;
};

TEST(SlabTest, MakesAndDestroysObjects) {
  int alive = 0;
  Slab<Counted> slab;

  Counted& first = slab.make(alive);
  Counted& second = slab.make(alive);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(slab.live(), 2u);

  slab.destroy(first);
  slab.destroy(second);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(slab.live(), 0u);
}

TEST(SlabTest, UsesAFreedPlaceBeforeNewMemory) {
  Slab<std::string, 4> slab;
  std::string& first = slab.make("first");
  std::string& second = slab.make("second");

  slab.destroy(first);
  std::string& third = slab.make("third");

  EXPECT_EQ(&third, &first);
  EXPECT_EQ(second, "second");
  slab.destroy(second);
  slab.destroy(third);
}

TEST(SlabTest, KeepsAddressesWhenItGrows) {
  Slab<int, 4> slab;
  std::vector<int*> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(&slab.make(i));

  EXPECT_EQ(std::set<int*>(all.begin(), all.end()).size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(*all[static_cast<size_t>(i)], i);
  for (int* item : all)
    slab.destroy(*item);
}

TEST(SlabTest, AlignsObjectsAsTheyNeed) {
  struct alignas(64) Wide {
    char byte;
  };
  Slab<Wide, 2> slab;
  std::vector<Wide*> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(&slab.make());

  for (Wide* item : all) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(item) % 64, 0u);
    slab.destroy(*item);
  }
}

}  // namespace
}  // namespace qp
