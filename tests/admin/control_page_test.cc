#include "admin/control_page.h"

#include <gtest/gtest.h>

#include "support/admin_question.h"

namespace qp::admin {
namespace {

class ControlPageTest : public testing::Test {
 protected:
  ControlPageTest() {
    add_control_page(resources_, {.version = "0123456789abcdef0123",
                                  .files = {{"index.html", "text/html; charset=utf-8", "<!doctype html>"},
                                            {"app.js", "text/javascript; charset=utf-8", "start()"}}});
  }
  Response ask(std::string_view path) { return test::ask(resources_, path, fields_); }

  http::Headers fields_;
  Resources resources_;
};

TEST_F(ControlPageTest, IsAtControlAndItsFilesBelow) {
  const Response page = ask("/control");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_EQ(page.body, "<!doctype html>");

  EXPECT_EQ(ask("/control/app.js").body, "start()");
  EXPECT_EQ(ask("/control/index.html").status, 404);
  EXPECT_EQ(ask("/control/").status, 404);
}

TEST_F(ControlPageTest, IsWhereTheRootLeadsTo) {
  const Response root = ask("/");

  EXPECT_EQ(root.status, 308);
  EXPECT_EQ(root.fields.find("location"), "/control");
}

TEST_F(ControlPageTest, LetsNothingInlineRun) {
  const Response page = ask("/control");
  const auto policy = page.fields.find("content-security-policy");

  ASSERT_TRUE(policy.has_value());
  EXPECT_NE(policy->find("default-src 'none'"), policy->npos);
  EXPECT_NE(policy->find("frame-ancestors 'none'"), policy->npos);
  EXPECT_EQ(policy->find("unsafe"), policy->npos);
}

TEST_F(ControlPageTest, IsNotSentAgainToWhoHasIt) {
  fields_.add("if-none-match", "\"0123456789abcdef\"");
  EXPECT_EQ(ask("/control").status, 304);

  fields_.set("if-none-match", "\"another\"");
  EXPECT_EQ(ask("/control").status, 200);
}

TEST(PageFilesTest, AreThoseThatThePageNames) {
  const PageFiles page = page_files();
  std::string names;
  for (const PageFile& file : page.files) {
    names += std::string(file.name) + " ";
    EXPECT_FALSE(file.bytes.empty()) << file.name;
  }

  EXPECT_EQ(names, "app.css app.js icon.svg index.html inter.woff2 licenses.txt ");
  EXPECT_EQ(page.version.size(), 64u);
  EXPECT_EQ(page.files[3].bytes.substr(0, 15), "<!doctype html>");
}

}  // namespace
}  // namespace qp::admin
