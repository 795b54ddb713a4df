#include "config/complaint.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

const Source kSource{.name = "proxy.yaml", .text = "server:\n\ta: ü x\r\nlast"};

TEST(ComplaintTest, ShowsTheLineAndACaret) {
  EXPECT_EQ(to_text(kSource, {{.mark = {1, 1}, .message = "bad", .expected = "good"}}),
            "proxy.yaml:1:1: bad; expected good\n"
            "    1 | server:\n"
            "      | ^\n");
}

TEST(ComplaintTest, PutsTheCaretBehindTabsAndCharactersOfSeveralBytes) {
  EXPECT_EQ(to_text(kSource, {{.mark = {2, 8}, .message = "bad", .expected = ""}}),
            "proxy.yaml:2:8: bad\n"
            "    2 | \ta: ü x\n"
            "      | \t     ^\n");
}

TEST(ComplaintTest, ShowsNoLineWhereThereIsNone) {
  EXPECT_EQ(to_text(kSource, {{.mark = {9, 1}, .message = "bad", .expected = "good"}}),
            "proxy.yaml:9:1: bad; expected good\n");
}

TEST(ComplaintTest, LeavesOutWhatAGuessHasSaid) {
  EXPECT_EQ(to_text({.name = "x", .text = ""},
                    {{.mark = {1, 1}, .message = "did you mean \"a\"?", .expected = "a or b"}}),
            "x:1:1: did you mean \"a\"?\n");
}

TEST(ComplaintTest, IsAnArrayInJson) {
  EXPECT_EQ(to_json(kSource, {}), "[]\n");
  EXPECT_EQ(to_json(kSource, {{.mark = {2, 8}, .message = "bad \"x\"\xff", .expected = "good"}}),
            "[\n"
            "  {\n"
            "    \"file\": \"proxy.yaml\",\n"
            "    \"line\": 2,\n"
            "    \"column\": 8,\n"
            "    \"message\": \"bad \\\"x\\\"\xEF\xBF\xBD\",\n"
            "    \"expected\": \"good\"\n"
            "  }\n"
            "]\n");
}

TEST(ComplaintTest, FindsTheNearestSectionOfAMissingValue) {
  Marks marks;
  marks.set("routes", {2, 1});
  marks.set("routes[1]", {5, 3});

  EXPECT_EQ(marks.of("routes[1].match.host"), (Mark{5, 3}));
  EXPECT_EQ(marks.of("routes[0].match"), (Mark{2, 1}));
  EXPECT_EQ(marks.of("server.tls"), (Mark{1, 1}));
}

TEST(ComplaintTest, KnowsWrongValuesInsideASection) {
  Marks marks;
  marks.set_wrong("routes[1].match.host");

  EXPECT_TRUE(marks.is_wrong("routes[1].match"));
  EXPECT_TRUE(marks.is_wrong("routes[1].match.host"));
  EXPECT_FALSE(marks.is_wrong("routes[1].rewrite"));
  EXPECT_FALSE(marks.is_wrong("routes[0]"));
}

}  // namespace
}  // namespace qp::config
