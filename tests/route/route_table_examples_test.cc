// Holds docs/routing.md to what the route table does.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "http/text.h"
#include "route/route_table.h"

namespace qp::route {
namespace {

using Row = std::vector<std::string>;

// The cells of the table whose header row is `header`, without header and ruler.
std::vector<Row> table_below(const std::string& header) {
  std::ifstream file(QP_SOURCE_DIR "/docs/routing.md");
  std::string line;
  while (std::getline(file, line) && line != header) {
  }
  std::getline(file, line);
  std::vector<Row> rows;
  while (std::getline(file, line) && line.starts_with("|")) {
    Row row;
    std::string_view rest = std::string_view(line).substr(1);
    while (!rest.empty()) {
      const size_t bar = rest.find('|');
      row.emplace_back(http::trimmed(rest.substr(0, bar)));
      rest.remove_prefix(bar + 1);
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty())
    out.emplace_back(http::take_element(list));
  return out;
}

TEST(RouteTableExamplesTest, TheTableInTheDocumentationIsTrue) {
  const std::vector<Row> routes = table_below("| route | host | path | methods |");
  const std::vector<Row> requests = table_below("| method | host | path | answer |");
  ASSERT_EQ(routes.size(), 15U);
  ASSERT_EQ(requests.size(), 35U);
  std::vector<Match> matches;
  for (const Row& row : routes)
    matches.push_back({.host = row[1], .path = row[2], .methods = elements(row[3])});
  const RouteTable table(matches);

  for (const Row& row : requests) {
    const http::Target target{.authority = http::parse_authority(row[1]).value(),
                              .path = row[2] == "*" ? "*" : http::normalise_path(row[2]).value()};
    const Found found = table.find(target, row[0]);

    std::string answer;
    switch (found.outcome) {
      case Outcome::found: answer = routes[found.route][0]; break;
      case Outcome::not_found: answer = "404"; break;
      case Outcome::method_not_allowed: answer = "405 " + found.allow; break;
    }
    EXPECT_EQ(answer, row[3]) << row[0] << " " << row[1] << row[2];
  }
}

}  // namespace
}  // namespace qp::route
