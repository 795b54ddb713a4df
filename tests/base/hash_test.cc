#include "base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace qp {
namespace {

// Other proxies and later releases must agree, so these numbers are for ever.
TEST(HashTest, IsTheSameEverywhere) {
  EXPECT_EQ(spread(1), 0x5692161d100b05e5U);
  EXPECT_EQ(hash_of(""), 0xf52a15e9a9b5e89bU);
  EXPECT_EQ(hash_of("192.0.2.7"), 0x6053c3970e6a076dU);
}

TEST(HashTest, ChangesHalfOfTheBitsWithOneLetter) {
  int changed = 0;
  for (int i = 0; i < 256; ++i) {
    const std::string key = "user-" + std::to_string(i);
    changed += std::popcount(hash_of(key) ^ hash_of(key + "x"));
  }
  EXPECT_NEAR(changed / 256.0, 32.0, 1.0);
}

}  // namespace
}  // namespace qp
