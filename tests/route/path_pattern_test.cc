#include "route/path_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::route {
namespace {

TEST(PathPatternTest, KnowsItsKind) {
  EXPECT_EQ(PathPattern("").kind(), PathKind::any);
  EXPECT_EQ(PathPattern("/").kind(), PathKind::exact);
  EXPECT_EQ(PathPattern("/a/b").kind(), PathKind::exact);
  EXPECT_EQ(PathPattern("/*").kind(), PathKind::prefix);
  EXPECT_EQ(PathPattern("/a/*").kind(), PathKind::prefix);
  EXPECT_EQ(PathPattern("/a/*/b").kind(), PathKind::segments);
  EXPECT_EQ(PathPattern("/a/*/*").kind(), PathKind::segments);
  EXPECT_EQ(PathPattern("/**").kind(), PathKind::rest);
  EXPECT_EQ(PathPattern("/a/*/**").kind(), PathKind::rest);
}

struct Case {
  const char* pattern;
  const char* path;
  bool matches;
};

TEST(PathPatternTest, Matches) {
  const Case cases[] = {
      {"", "/x", true},
      {"", "*", true},
      {"/", "/", true},
      {"/", "/a", false},
      {"/a", "/a", true},
      {"/a", "/a/", false},
      {"/a/", "/a", false},
      {"/*", "/", true},
      {"/*", "/a/b", true},
      {"/*", "*", false},
      {"/a/*", "/a", true},
      {"/a/*", "/a/", true},
      {"/a/*", "/a/b/c", true},
      {"/a/*", "/ab", false},
      {"/a/*", "/", false},
      {"/a/*/b", "/a/x/b", true},
      {"/a/*/b", "/a//b", false},
      {"/a/*/b", "/a/b", false},
      {"/a/*/b", "/a/x/y/b", false},
      {"/a/*/b", "/a/x/b/", false},
      {"/a/*/b/*", "/a/x/b", true},
      {"/a/*/b/*", "/a/x/b/c/d", true},
      {"/a/*/b/*", "/a/x/bc", false},
      {"/*/*", "/", false},
      {"/*/*", "/a", true},
      {"/*/*", "/a/b/c", true},
      {"/**", "/", true},
      {"/**", "*", false},
      {"/a/**", "/a", true},
      {"/a/**", "/a/b/c", true},
      {"/a/**", "/ab", false},
      {"/*/a/**", "/x/a/y", true},
      {"/*/a/**", "/x/b", false},
      {"/%41/*", "/A/x", true},
      {"/a/../b", "/b", true},
      {"/a/*/", "/a/x/", true},
      {"/a/*/", "/a/x", false},
  };
  for (const auto& [pattern, path, matches] : cases) {
    EXPECT_EQ(PathPattern(pattern).matches(path), matches) << pattern << " and " << path;
  }
}

TEST(PathPatternTest, OrdersByKindThenByLiteralText) {
  EXPECT_TRUE(PathPattern("/a").is_more_exact_than(PathPattern("/longer/*")));
  EXPECT_TRUE(PathPattern("/*").is_more_exact_than(PathPattern("/a/*/b")));
  EXPECT_TRUE(PathPattern("/a/*/b").is_more_exact_than(PathPattern("/a/b/c/**")));
  EXPECT_TRUE(PathPattern("/**").is_more_exact_than(PathPattern("")));
  EXPECT_TRUE(PathPattern("/ab/*").is_more_exact_than(PathPattern("/a/*")));
  EXPECT_TRUE(PathPattern("/aa/*/b").is_more_exact_than(PathPattern("/*/aa/*")));
  EXPECT_TRUE(PathPattern("/*/a").is_more_exact_than(PathPattern("/*/a/*")));
  EXPECT_FALSE(PathPattern("/a/*/b").is_more_exact_than(PathPattern("/b/*/a")));
  EXPECT_FALSE(PathPattern("/b/*/a").is_more_exact_than(PathPattern("/a/*/b")));
}

}  // namespace
}  // namespace qp::route
