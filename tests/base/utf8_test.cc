#include "base/utf8.h"

#include <gtest/gtest.h>

#include <utility>

namespace qp {
namespace {

std::string repaired(std::string_view text, size_t bytes_max = 1000) {
  std::string out;
  append_utf8(out, text, bytes_max);
  return out;
}

TEST(Utf8Test, TakesWhatIsWellFormedAsItIs) {
  for (const std::string_view text :
       {"", "GET", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x7f\n"}) {
    EXPECT_EQ(repaired(text), text);
  }
}

TEST(Utf8Test, PutsAReplacementCharacterInPlaceOfEveryByteThatIsNone) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\xff"
       "b",
       "a\xef\xbf\xbd"
       "b"},
      {"\x80", "\xef\xbf\xbd"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // an overlong '/'
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // a surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // above U+10FFFF
      {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // it ends too early
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(repaired(text), expected);
}

TEST(Utf8Test, NeverBecomesLongerThanAllowedNorEndsInsideACharacter) {
  EXPECT_EQ(repaired("abcd", 4), "abcd");
  EXPECT_EQ(repaired("abcde", 4), "abcd");
  EXPECT_EQ(repaired("ab\xe2\x82\xac", 5), "ab\xe2\x82\xac");
  EXPECT_EQ(repaired("ab\xe2\x82\xac", 4), "ab");
  EXPECT_EQ(repaired("\xff\xff", 5), "\xef\xbf\xbd");
}

TEST(Utf8Test, AppendsBehindWhatIsThere) {
  std::string out = "0123456789";

  append_utf8(out, "abc", 2);

  EXPECT_EQ(out, "0123456789ab");
}

}  // namespace
}  // namespace qp
