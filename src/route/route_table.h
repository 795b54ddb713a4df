// Host, path and method to the number of a route. Immutable; shared by all workers. docs/routing.md says with
// examples which route is the most exact one; tests/route/route_table_examples_test.cc holds the table there
// to it.
//
//   host:  exact  >  "*.example.com", the longest first  >  any
//   path:  exact  >  "/prefix/*", the longest first  >  "*" for one segment  >  "/all/**"  >  any
//
// All routes that match host and path are walked in that order, of equals the one written first; the first
// whose methods allow it is taken. When only the methods stood in the way, the answer is 405 with the union
// of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/uri.h"
#include "route/path_table.h"

namespace qp::route {

// Which requests a route takes. An empty member matches everything. The configuration's spelling was checked
// there.
struct Match {
  std::string host;                  // lower case; exact or "*.example.com"
  std::string path;                  // exact, "/api/*", "/users/*/posts", "/static/**"
  std::vector<std::string> methods;  // GET stands for HEAD too
};

enum class Outcome : uint8_t { found, not_found, method_not_allowed };

struct Found {
  Outcome outcome = Outcome::not_found;
  size_t route = 0;   // its place in the list the table was made of
  std::string allow;  // for Allow, with method_not_allowed
};

class RouteTable {
 public:
  // No routes at all: everything is not_found. The caller adds one that matches everything where that is
  // meant.
  explicit RouteTable(std::span<const Match> routes);

  Found find(const http::Target& target, std::string_view method) const;

 private:
  using Hosts = std::unordered_map<std::string, PathTable, TextHash, std::equal_to<>>;

  std::vector<std::vector<std::string>> methods_;  // of each route; empty: all
  Hosts hosts_;                                    // by whole name
  Hosts wildcards_;                                // by ".example.com"
  PathTable any_host_;
};

}  // namespace qp::route
