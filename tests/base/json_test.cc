#include "base/json.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace qp {
namespace {

using std::string_view_literals::operator""sv;

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

template <typename Value>
std::string written(Value value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

TEST(JsonTest, WritesObjectsAndArraysWithCommasInPlace) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("a", 1);
  json.key("b");
  json.begin_array();
  json.value("x");
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.null();
  json.end_array();
  json.field("c", true);
  json.end_object();

  EXPECT_EQ(out, R"({"a":1,"b":["x",{},[],null],"c":true})");
}

TEST(JsonTest, AppendsToWhatIsThere) {
  std::string out = "data: ";
  JsonWriter(out).value(7);

  EXPECT_EQ(out, "data: 7");
}

TEST(JsonTest, WritesNumbers) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(-1), "-1");
  EXPECT_EQ(written(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(uint8_t{200}), "200");
  EXPECT_EQ(written(0.5), "0.5");
  EXPECT_EQ(written(1e300), "1e+300");
}

TEST(JsonTest, WritesNullForWhatIsNotThere) {
  EXPECT_EQ(written(std::optional<int>(7)), "7");
  EXPECT_EQ(written(std::optional<std::string>("")), "\"\"");
  EXPECT_EQ(written(std::optional<double>()), "null");
}

TEST(JsonTest, HasNoNumberForWhatIsNone) {
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonTest, EscapesWhatTheGrammarDemands) {
  EXPECT_EQ(escaped("say \"hi\" \\ bye"), R"(say \"hi\" \\ bye)");
  EXPECT_EQ(escaped("a\nb\rc\td"), R"(a\nb\rc\td)");
  EXPECT_EQ(escaped("\0\x01\x1f"sv), R"(\u0000\u0001\u001f)");
}

TEST(JsonTest, EscapesControlCharactersOfATerminal) {
  EXPECT_EQ(escaped("\x1b[31m"), R"(\u001b[31m)");
  EXPECT_EQ(escaped("\x7f"), R"(\u007f)");
  EXPECT_EQ(escaped("\xc2\x9b\x32J"), R"(\u009b2J)");
}

TEST(JsonTest, KeepsWellFormedUtf8) {
  EXPECT_EQ(escaped("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
  EXPECT_EQ(escaped("\xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"),
            "\xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf");
  EXPECT_EQ(escaped("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"), "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
}

TEST(JsonTest, ReplacesWhatIsNotUtf8) {
  const std::string_view cases[] = {
      "\x80",          // a tail alone
      "\xff",          // never a byte of UTF-8
      "\xc3",          // cut short
      "\xe4\xb8",      // cut short
      "\xc0\xaf",      // overlong
      "\xe0\x9f\xbf",  // overlong
      "\xed\xa0\x80",  // a surrogate
      "\xf0\x8f\xbf\xbf",
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",
  };
  for (const std::string_view bad : cases) {
    std::string expected;
    for (size_t i = 0; i < bad.size(); ++i)
      expected += "\xef\xbf\xbd";
    EXPECT_EQ(escaped(bad), expected);
    EXPECT_EQ(escaped(std::string(bad) + "\""), expected + "\\\"");
  }
}

TEST(JsonTest, EscapesKeysToo) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("a\"b", "c");
  json.end_object();

  EXPECT_EQ(out, R"({"a\"b":"c"})");
}

}  // namespace
}  // namespace qp
