#include "route/route_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <tuple>

namespace qp::route {
namespace {

http::Target target(const std::string& host, const std::string& path) {
  return {.authority = {.host = host, .port = 0}, .path = path};
}

TEST(RouteTableTest, AnEmptyTableFindsNothing) {
  const RouteTable table({});

  EXPECT_EQ(table.find(target("a", "/"), "GET").outcome, Outcome::not_found);
}

TEST(RouteTableTest, OfEqualRoutesTheFirstOneIsTaken) {
  const std::vector<Match> routes{{.host = "", .path = "/a/*", .methods = {"POST"}},
                                  {.host = "", .path = "/a/*", .methods = {}},
                                  {.host = "", .path = "/a/*", .methods = {}}};
  const RouteTable table(routes);

  EXPECT_EQ(table.find(target("h", "/a/x"), "POST").route, 0U);
  EXPECT_EQ(table.find(target("h", "/a/x"), "GET").route, 1U);
}

TEST(RouteTableTest, AllowIsTheUnionOfAllRoutesInTheWay) {
  const std::vector<Match> routes{{.host = "", .path = "/a", .methods = {"POST"}},
                                  {.host = "", .path = "/*", .methods = {"GET", "POST"}},
                                  {.host = "", .path = "/b", .methods = {"DELETE"}}};
  const RouteTable table(routes);

  const Found found = table.find(target("h", "/a"), "PUT");
  EXPECT_EQ(found.outcome, Outcome::method_not_allowed);
  EXPECT_EQ(found.allow, "POST, GET, HEAD");
}

TEST(RouteTableTest, ARequestWithoutHostMeetsOnlyRoutesWithoutHost) {
  const std::vector<Match> routes{{.host = "a", .path = "", .methods = {}},
                                  {.host = "*.a", .path = "", .methods = {}},
                                  {.host = "", .path = "/x", .methods = {}}};
  const RouteTable table(routes);

  EXPECT_EQ(table.find(target("", "/x"), "GET").route, 2U);
  EXPECT_EQ(table.find(target("", "/y"), "GET").outcome, Outcome::not_found);
}

// The slow and obvious way to say which route is taken: look at all, keep the best.
class Model {
 public:
  explicit Model(std::vector<Match> routes) : routes_(std::move(routes)) {}

  std::optional<size_t> find(const std::string& host, const std::string& path,
                             const std::string& method) const {
    std::optional<size_t> best;
    for (size_t i = 0; i < routes_.size(); ++i) {
      const Match& route = routes_[i];
      if (!host_matches(route.host, host) || !PathPattern(route.path).matches(path)) continue;
      if (!route.methods.empty() && std::ranges::find(route.methods, method) == route.methods.end()) continue;
      if (!best || is_better(route, routes_[*best])) best = i;
    }
    return best;
  }

 private:
  static bool host_matches(const std::string& pattern, const std::string& host) {
    if (pattern.empty() || pattern == host) return true;
    return pattern.starts_with("*.") && host.size() >= pattern.size() && host.ends_with(pattern.substr(1));
  }
  static std::tuple<int, size_t> host_rank(const std::string& pattern) {
    if (pattern.empty()) return {2, 0};
    return {pattern.starts_with("*") ? 1 : 0, 1000 - pattern.size()};
  }
  static bool is_better(const Match& a, const Match& b) {
    if (host_rank(a.host) != host_rank(b.host)) return host_rank(a.host) < host_rank(b.host);
    return PathPattern(a.path).is_more_exact_than(PathPattern(b.path));
  }
  std::vector<Match> routes_;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Match match() {
    Match out{
        .host = one_of({"", "", "a", "b.a", "*.a", "*.b.a", "*.c.b.a"}), .path = pattern(), .methods = {}};
    if (random_() % 3 == 0) out.methods = {one_of({"PUT", "POST"})};
    return out;
  }
  std::string host() { return one_of({"", "a", "b.a", "c.b.a", "d.c.b.a", "x.a", "ba"}); }
  std::string path() {
    std::string out;
    for (size_t i = 0; i < 1 + random_() % 4; ++i)
      out += "/" + one_of({"a", "b", "ab", "a-", "", "a0"});
    return out;
  }
  std::string method() { return one_of({"PUT", "POST", "DELETE"}); }

 private:
  std::string one_of(std::initializer_list<const char*> texts) {
    return texts.begin()[random_() % texts.size()];
  }
  std::string pattern() {
    std::string out;
    const size_t segments = random_() % 4;
    for (size_t i = 0; i < segments; ++i)
      out += "/" + one_of({"a", "b", "ab", "a-", "*", "a0"});
    if (random_() % 3 == 0) out += "/**";
    return out;
  }
  std::mt19937 random_;
};

TEST(RouteTableTest, AgreesWithTheSlowWay) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Generator generator(seed);
    std::vector<Match> routes;
    for (int i = 0; i < 30; ++i)
      routes.push_back(generator.match());
    const RouteTable table(routes);
    const Model model(routes);

    for (int i = 0; i < 60; ++i) {
      const std::string host = generator.host();
      const std::string path = generator.path();
      const std::string method = generator.method();
      const std::optional<size_t> expected = model.find(host, path, method);
      const Found found = table.find(target(host, path), method);
      ASSERT_EQ(found.outcome == Outcome::found, expected.has_value())
          << "seed " << seed << ": " << method << " " << host << path;
      if (!expected) continue;
      ASSERT_EQ(found.route, *expected)
          << "seed " << seed << ": " << method << " " << host << path << ", not " << routes[*expected].host
          << routes[*expected].path << " but " << routes[found.route].host << routes[found.route].path;
    }
  }
}

}  // namespace
}  // namespace qp::route
