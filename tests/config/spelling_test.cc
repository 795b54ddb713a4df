#include "config/spelling.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

constexpr std::string_view kKeys[] = {"address", "fallback_address", "tls", "workers", "round_robin"};

TEST(SpellingTest, FindsTheNearestWord) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"adress", "address"},
      {"Address", "address"},
      {"fallback-address", "fallback_address"},
      {"fallbackaddress", "fallback_address"},
      {"wrokers", "workers"},
      {"tsl", "tls"},
      {"roundrobin", "round_robin"},
      {"random", ""},
      {"", ""},
      {"x", ""},
      {"interval", ""},
  };
  for (const auto& [word, meant] : kCases)
    EXPECT_EQ(nearest(word, kKeys), meant) << word;
}

TEST(SpellingTest, DoesNotGuessAtLongWords) {
  const std::string long_key(64, 'a');
  const std::string_view candidates[] = {long_key};

  EXPECT_EQ(nearest(std::string(63, 'a') + "b", candidates), long_key);
  EXPECT_EQ(nearest(std::string(65, 'a'), candidates), "");
}

TEST(SpellingTest, ListsChoices) {
  EXPECT_EQ(choices({}), "");
  EXPECT_EQ(choices(std::span(kKeys).first(1)), "address");
  EXPECT_EQ(choices(std::span(kKeys).first(3)), "address, fallback_address or tls");
}

}  // namespace
}  // namespace qp::config
