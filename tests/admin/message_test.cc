#include "admin/message.h"

#include <gtest/gtest.h>

namespace qp::admin {
namespace {

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  const http::Headers fields;
  const http::Peer peer;
  return Request{.query = query, .fields = fields, .peer = peer}.parameter(name);
}

TEST(Request, FindsAParameterAmongOthers) {
  EXPECT_EQ(parameter("?name=backend1&rate=50", "rate"), "50");
  EXPECT_EQ(parameter("?name=backend1&rate=50", "name"), "backend1");
  EXPECT_EQ(parameter("?name=backend1&rate=50", "ame"), std::nullopt);
  EXPECT_EQ(parameter("", "name"), std::nullopt);
}

TEST(Request, TellsAnEmptyParameterFromNone) {
  EXPECT_EQ(parameter("?name=", "name"), "");
  EXPECT_EQ(parameter("?name", "name"), "");
  EXPECT_EQ(parameter("?&&", "name"), std::nullopt);
}

TEST(Request, DecodesNamesAndValues) {
  EXPECT_EQ(parameter("?n%61me=a%2Fb+c", "name"), "a/b c");
}

TEST(Request, TakesABrokenEscapeForNoParameter) {
  EXPECT_EQ(parameter("?name=%4", "name"), std::nullopt);
  EXPECT_EQ(parameter("?name=%zz", "name"), std::nullopt);
  EXPECT_EQ(parameter("?name=%+4", "name"), std::nullopt);
}

TEST(Refusal, IsAWordForProgramsAndASentenceForPeople) {
  const Response response = refusal(404, "unknown_backend", "there is no backend \"x\"");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "{\"error\":\"unknown_backend\",\"message\":\"there is no backend \\\"x\\\"\"}\n");
}

}  // namespace
}  // namespace qp::admin
