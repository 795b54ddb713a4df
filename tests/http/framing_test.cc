#include "http/framing.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::http {
namespace {

TEST(FramingTest, SomeResponsesNeverHaveContent) {
  EXPECT_TRUE(may_have_body("GET", 200));
  EXPECT_TRUE(may_have_body("POST", 500));
  EXPECT_TRUE(may_have_body("GET", 205));
  EXPECT_FALSE(may_have_body("HEAD", 200));
  EXPECT_FALSE(may_have_body("GET", 204));
  EXPECT_FALSE(may_have_body("GET", 304));
  EXPECT_FALSE(may_have_body("GET", 103));
}

TEST(FramingTest, MethodsAreSafeOrIdempotentAsRfc9110Says) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    EXPECT_TRUE(is_safe(method)) << method;
    EXPECT_TRUE(is_idempotent(method)) << method;
  }
  for (const char* method : {"PUT", "DELETE"}) {
    EXPECT_FALSE(is_safe(method)) << method;
    EXPECT_TRUE(is_idempotent(method)) << method;
  }
  for (const char* method : {"POST", "PATCH", "CONNECT", "get", "UNKNOWN", ""}) {
    EXPECT_FALSE(is_safe(method)) << method;
    EXPECT_FALSE(is_idempotent(method)) << method;
  }
}

Headers with_length(const std::string& value) {
  Headers fields;
  fields.add(Name::content_length, value);
  return fields;
}

TEST(FramingTest, ContentLengthIsOneDecimalNumber) {
  EXPECT_EQ(content_length(Headers(), Origin::client).value(), std::nullopt);
  EXPECT_EQ(content_length(with_length("0"), Origin::client).value(), 0U);
  EXPECT_EQ(content_length(with_length("007"), Origin::client).value(), 7U);
  EXPECT_EQ(content_length(with_length("18446744073709551615"), Origin::client).value(),
            18446744073709551615U);
}

TEST(FramingTest, ContentLengthIsRefusedOtherwise) {
  for (const std::string value :
       {"", "-1", "+1", "1 ", " 1", "1,1", "5, 5", "0x10", "1e3", "18446744073709551616", "a"}) {
    const auto length = content_length(with_length(value), Origin::upstream);
    ASSERT_FALSE(length) << value;
    EXPECT_EQ(length.error().code, ErrorCode::malformed) << value;
    EXPECT_EQ(length.error().origin, Origin::upstream) << value;
  }
}

TEST(FramingTest, ContentLengthGivenTwiceIsRefusedEvenIfEqual) {
  Headers fields = with_length("5");
  fields.add(Name::content_length, "5");

  EXPECT_FALSE(content_length(fields, Origin::client));
}

TEST(LengthCheckTest, FailsOnePastWhatWasAnnounced) {
  LengthCheck check(5);
  EXPECT_TRUE(check.add(3));
  EXPECT_FALSE(check.is_complete());
  EXPECT_TRUE(check.add(2));
  EXPECT_TRUE(check.is_complete());
  EXPECT_FALSE(check.add(1));
  EXPECT_FALSE(check.is_complete());
}

TEST(LengthCheckTest, TakesAnyLengthWhereNoneWasAnnounced) {
  LengthCheck check(std::nullopt);
  EXPECT_TRUE(check.add(1000));
  EXPECT_TRUE(check.is_complete());
  EXPECT_EQ(check.received(), 1000U);
}

}  // namespace
}  // namespace qp::http
