#include "proxy/filter.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::proxy {
namespace {

using http::Name;

// A request on its way through the filters of one route.
class FilterTest : public testing::Test {
 protected:
  void ask(const std::string& host, const std::string& uri) {
    uri_ = uri;
    target_.authority.host = host;
    target_.path = uri == "*" ? "*" : http::normalise_path(http::path_of(uri)).value();
    head_ = {
        .method = "GET", .scheme = "https", .authority = host, .path = uri, .protocol = "", .fields = {}};
  }
  Verdict filter() { return filter_request(make_filters(route_), head_, view(), reply_); }
  std::string rewritten(const std::string& uri) {
    ask("example.com", uri);
    EXPECT_EQ(filter(), Verdict::next);
    return head_.path;
  }
  std::string redirected(const std::string& to, const std::string& host, const std::string& uri) {
    route_.redirect = config::Redirect{.to = to, .status = 308};
    ask(host, uri);
    EXPECT_EQ(filter(), Verdict::reply);
    return std::string(reply_.head.fields.find(Name::location).value_or("none"));
  }
  RequestView view() const {
    return {.method = head_.method, .uri = uri_, .target = target_, .client = client_};
  }

  config::Route route_;
  http::RequestHead head_;
  Reply reply_;

 private:
  std::string uri_;
  http::Target target_;
  http::Client client_;
};

TEST_F(FilterTest, ARouteThatAsksForNothingHasNoFilters) {
  EXPECT_TRUE(make_filters(route_).empty());
  EXPECT_EQ(rewritten("/a/../b?q"), "/a/../b?q") << "as received";
}

TEST_F(FilterTest, FieldsAreRemovedThenSetThenAdded) {
  route_.headers.request.remove = {"x-a", "x-b"};
  route_.headers.request.set = {{"x-b", "new"}, {"x-c", "new"}};
  route_.headers.request.add = {{"x-c", "second"}, {"x-d", "1"}};
  ask("h", "/");
  for (const char* name : {"x-a", "x-b", "x-c", "x-kept"})
    head_.fields.add(name, "old");

  EXPECT_EQ(filter(), Verdict::next);

  EXPECT_EQ(head_.fields.find("x-a"), std::nullopt);
  EXPECT_EQ(head_.fields.find("x-b"), "new");
  EXPECT_EQ(head_.fields.find("x-c"), "new");
  EXPECT_EQ(head_.fields.find("x-d"), "1");
  EXPECT_EQ(head_.fields.find("x-kept"), "old");
  EXPECT_EQ(head_.fields.size(), 5U);
}

TEST_F(FilterTest, ResponsesHaveRulesOfTheirOwn) {
  route_.headers.response.remove = {"server"};
  route_.headers.response.set = {{"strict-transport-security", "max-age=1"}};
  ask("h", "/");
  http::ResponseHead head{.status = 200, .fields = {}};
  head.fields.add("server", "x");

  filter_response(make_filters(route_), head, view());

  ASSERT_EQ(head.fields.size(), 1U);
  EXPECT_EQ(head.fields.find("strict-transport-security"), "max-age=1");
  EXPECT_EQ(filter(), Verdict::next);
  EXPECT_TRUE(head_.fields.empty());
}

TEST_F(FilterTest, APrefixIsStrippedAtSegmentsOnly) {
  route_.rewrite = config::Rewrite{.path = "", .strip_prefix = "/api", .add_prefix = "", .host = ""};

  EXPECT_EQ(rewritten("/api/users?q=1"), "/users?q=1");
  EXPECT_EQ(rewritten("/api"), "/");
  EXPECT_EQ(rewritten("/api/"), "/");
  EXPECT_EQ(rewritten("/api?q"), "/?q");
  EXPECT_EQ(rewritten("/apix"), "/apix");
  EXPECT_EQ(rewritten("/other"), "/other");
  EXPECT_EQ(rewritten("/api//x"), "//x");
}

TEST_F(FilterTest, APrefixIsSeenInEverySpelling) {
  route_.rewrite = config::Rewrite{.path = "", .strip_prefix = "/api/", .add_prefix = "", .host = ""};

  EXPECT_EQ(rewritten("/%61pi/x%2fy"), "/x%2Fy");
  EXPECT_EQ(rewritten("/x/../api/y"), "/y");
}

TEST_F(FilterTest, APrefixIsAddedAfterTheOtherIsStripped) {
  route_.rewrite = config::Rewrite{.path = "", .strip_prefix = "/api", .add_prefix = "/v2/", .host = ""};

  EXPECT_EQ(rewritten("/api/users"), "/v2/users");
  EXPECT_EQ(rewritten("/api"), "/v2/");
  EXPECT_EQ(rewritten("/x"), "/v2/x");
}

TEST_F(FilterTest, AWholePathIsReplacedAndTheQueryStays) {
  route_.rewrite = config::Rewrite{.path = "/index.html", .strip_prefix = "", .add_prefix = "", .host = ""};

  EXPECT_EQ(rewritten("/anything?a=b"), "/index.html?a=b");
}

TEST_F(FilterTest, AHostIsRewrittenWithoutTouchingThePath) {
  route_.rewrite = config::Rewrite{.path = "", .strip_prefix = "", .add_prefix = "", .host = "inner:8080"};

  EXPECT_EQ(rewritten("/a/../b"), "/a/../b");
  EXPECT_EQ(head_.authority, "inner:8080");
}

TEST_F(FilterTest, OptionsOnTheServerHasNoPathToRewrite) {
  route_.rewrite = config::Rewrite{.path = "/x", .strip_prefix = "", .add_prefix = "", .host = ""};

  EXPECT_EQ(rewritten("*"), "*");
}

TEST_F(FilterTest, RedirectsFillInTheirPlaceholders) {
  EXPECT_EQ(redirected("https://{host}{uri}", "example.com", "/a%20b?c=d"), "https://example.com/a%20b?c=d");
  EXPECT_EQ(reply_.head.status, 308);
  EXPECT_EQ(redirected("https://www.{host}/new{path}", "example.com", "/a?b"),
            "https://www.example.com/new/a");
  EXPECT_EQ(redirected("/login", "example.com", "/a"), "/login");
  EXPECT_EQ(redirected("{path}/", "example.com", "/a?b"), "/a/");
  EXPECT_EQ(redirected("https://{host}{uri}", "[::1]", "*"), "https://[::1]");
}

TEST_F(FilterTest, ARedirectNeverLeadsToAHostThatTheRequestMadeUp) {
  EXPECT_EQ(redirected("{uri}", "example.com", "//evil.example/x"), "/evil.example/x");
  EXPECT_EQ(redirected("{path}", "example.com", "///evil.example"), "/evil.example");
  EXPECT_EQ(redirected("https://{host}{uri}", "example.com", "//evil.example"),
            "https://example.com//evil.example");
}

TEST_F(FilterTest, ARedirectToAHostThatNobodyNamedIsABadRequest) {
  EXPECT_EQ(redirected("https://{host}{uri}", "", "/"), "none");
  EXPECT_EQ(reply_.head.status, 400);
}

TEST_F(FilterTest, ARedirectAnswersBeforeAnythingIsRewritten) {
  route_.rewrite = config::Rewrite{.path = "/x", .strip_prefix = "", .add_prefix = "", .host = ""};
  redirected("/y", "h", "/a");

  EXPECT_EQ(head_.path, "/a");
}

}  // namespace
}  // namespace qp::proxy
