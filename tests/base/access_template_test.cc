#include "base/access_template.h"

#include <gtest/gtest.h>

namespace qp {
namespace {

TEST(AccessTemplateTest, IsTextAndVariables) {
  const auto parsed = AccessTemplate::parse("a {status}{path} b");

  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->pieces.size(), 2u);
  EXPECT_EQ(parsed->pieces[0].text, "a ");
  EXPECT_EQ(parsed->pieces[0].variable, AccessVariable::status);
  EXPECT_EQ(parsed->pieces[0].stop, ' ');
  EXPECT_EQ(parsed->pieces[1].text, "");
  EXPECT_EQ(parsed->pieces[1].variable, AccessVariable::path);
  EXPECT_EQ(parsed->pieces[1].stop, ' ');
  EXPECT_EQ(parsed->tail, " b");
}

TEST(AccessTemplateTest, GoesOnToTheEndOfTheLineBehindItsLastVariable) {
  EXPECT_EQ(AccessTemplate::parse("{path}")->pieces[0].stop, '\n');
}

TEST(AccessTemplateTest, TakesTwoBracesForOne) {
  const auto parsed = AccessTemplate::parse("{{{status}}}{{x}}");

  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->pieces[0].text, "{");
  EXPECT_EQ(parsed->pieces[0].stop, '}');
  EXPECT_EQ(parsed->tail, "}{x}");
}

TEST(AccessTemplateTest, KnowsEveryVariableByItsName) {
  for (size_t i = 0; i < kAccessVariableNames.size(); ++i) {
    const auto parsed = AccessTemplate::parse("{" + std::string(kAccessVariableNames[i]) + "}");
    ASSERT_TRUE(parsed.has_value()) << kAccessVariableNames[i];
    EXPECT_EQ(static_cast<size_t>(parsed->pieces[0].variable), i);
  }
  EXPECT_EQ(kAccessVariableNames.back(), "quic_packets_lost");
}

TEST(AccessTemplateTest, SaysWhichPartIsWrong) {
  EXPECT_EQ(AccessTemplate::parse("a {what} b").error(), "{what}");
  EXPECT_EQ(AccessTemplate::parse("a {} b").error(), "{}");
  EXPECT_EQ(AccessTemplate::parse("{status} {path").error(), "{path");
  EXPECT_EQ(AccessTemplate::parse("a } b").error(), "} b");
}

}  // namespace
}  // namespace qp
