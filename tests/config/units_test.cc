#include "config/units.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

using namespace std::chrono_literals;

struct DurationCase {
  std::string_view text;
  Duration value;
  std::string_view printed;
};

TEST(UnitsTest, ReadsDurationsAndPrintsThemShort) {
  constexpr DurationCase kCases[] = {
      {"10s", 10s, "10s"},     {"500ms", 500ms, "500ms"},
      {"1m30s", 90s, "1m30s"}, {"90s", 90s, "1m30s"},
      {"2h", 2h, "2h"},        {"24h", 24h, "1d"},
      {"1d12h", 36h, "1d12h"}, {"7us", 7us, "7us"},
      {"0s", 0s, "0s"},        {"1s500ms", 1500ms, "1s500ms"},
      {"60m", 1h, "1h"},       {"9223372036s", 9223372036s, "106751d23h47m16s"},
  };
  for (const DurationCase& each : kCases) {
    const auto value = parse_duration(each.text);
    ASSERT_TRUE(value.has_value()) << each.text << ": " << value.error();
    EXPECT_EQ(*value, each.value) << each.text;
    EXPECT_EQ(print_duration(*value), each.printed);
    EXPECT_EQ(parse_duration(print_duration(*value)), each.value);
  }
}

TEST(UnitsTest, RefusesWhatIsNoDuration) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"", "\"\" is not a duration"},
      {"s", "\"s\" is not a duration"},
      {"10", "\"10\" has no unit"},
      {"10s5", "\"10s5\" has no unit"},
      {"-1s", "\"-1s\" is not a duration"},
      {"+1s", "\"+1s\" is not a duration"},
      {"1.5s", "\"1.5s\" has a fraction"},
      {"10sec", "\"sec\" in \"10sec\" is no unit of time"},
      {"10S", "\"S\" in \"10S\" is no unit of time"},
      {"10 s", "\" s\" in \"10 s\" is no unit of time"},
      {"1s1s", "the units in \"1s1s\" do not go from large to small"},
      {"9223372037s", "\"9223372037s\" is longer than can be counted"},
      {"9223372036s1s", "the units in \"9223372036s1s\" do not go from large to small"},
      {"99999999999999999999s", "\"99999999999999999999s\" is not a duration"},
  };
  for (const auto& [text, message] : kCases) {
    const auto value = parse_duration(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error(), message);
  }
}

TEST(UnitsTest, ReadsSizesAndPrintsThemShort) {
  struct Case {
    std::string_view text;
    std::uint64_t value;
    std::string_view printed;
  };
  constexpr Case kCases[] = {
      {"0", 0, "0"},
      {"512", 512, "512"},
      {"512B", 512, "512"},
      {"64KiB", 65536, "64KiB"},
      {"1MiB", 1048576, "1MiB"},
      {"1024KiB", 1048576, "1MiB"},
      {"2GiB", 2147483648, "2GiB"},
      {"10KB", 10000, "10000"},
      {"10MB", 10000000, "10000000"},
      {"1GB", 1000000000, "1000000000"},
      {"18446744073709551615", 18446744073709551615U, "18446744073709551615"},
  };
  for (const Case& each : kCases) {
    const auto value = parse_size(each.text);
    ASSERT_TRUE(value.has_value()) << each.text << ": " << value.error();
    EXPECT_EQ(*value, each.value) << each.text;
    EXPECT_EQ(print_size(*value), each.printed);
  }
}

TEST(UnitsTest, RefusesWhatIsNoSize) {
  for (const std::string_view text : {"", "KiB", "64K", "64kib", "64 KiB", "-1", "1.5MiB", "1KiB2",
                                      "18446744073709551616", "17179869184GiB"}) {
    EXPECT_FALSE(parse_size(text).has_value()) << text;
  }
}

TEST(UnitsTest, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("65536"), 65536U);
  for (const std::string_view text :
       {"", "-1", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "18446744073709551616"}) {
    EXPECT_FALSE(parse_count(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace qp::config
