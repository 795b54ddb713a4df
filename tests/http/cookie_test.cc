#include "http/cookie.h"

#include <gtest/gtest.h>

namespace qp::http {
namespace {

Headers cookies(std::initializer_list<std::string_view> values) {
  Headers fields;
  fields.add("accept", "a=wrong");
  for (const std::string_view value : values)
    fields.add(Name::cookie, value);
  return fields;
}

TEST(CookieTest, IsFoundByItsName) {
  const Headers fields = cookies({"one=1; two=2;three=3"});
  EXPECT_EQ(find_cookie(fields, "one"), "1");
  EXPECT_EQ(find_cookie(fields, "two"), "2");
  EXPECT_EQ(find_cookie(fields, "three"), "3");
  EXPECT_EQ(find_cookie(fields, "a"), std::nullopt);
}

TEST(CookieTest, IsFoundInAnyOfSeveralFields) {
  EXPECT_EQ(find_cookie(cookies({"one=1", "two=2"}), "two"), "2");
}

TEST(CookieTest, OfSeveralOfOneNameIsTheFirst) {
  EXPECT_EQ(find_cookie(cookies({"a=1; a=2", "a=3"}), "a"), "1");
}

TEST(CookieTest, HasANameWithCaseAndNoPartOfOne) {
  const Headers fields = cookies({"Name=1; xname=2; namex=3; =4; name"});
  EXPECT_EQ(find_cookie(fields, "name"), std::nullopt);
}

TEST(CookieTest, MayHaveNoValueOrOneWithEqualsSigns) {
  EXPECT_EQ(find_cookie(cookies({"a=; b=x=y="}), "a"), "");
  EXPECT_EQ(find_cookie(cookies({"a=; b=x=y="}), "b"), "x=y=");
}

TEST(CookieTest, IsFoundInUntidyFields) {
  EXPECT_EQ(find_cookie(cookies({";;  ; a = 1 ;\t;"}), "a"), "1");
}

}  // namespace
}  // namespace qp::http
