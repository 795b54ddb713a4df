#include "config/environment.h"

#include <gtest/gtest.h>

namespace qp::config {
namespace {

std::expected<std::string, std::string> expand_here(std::string_view text) {
  return expand(text, [](std::string_view name) -> std::optional<std::string> {
    if (name == "NAME") return "value";
    if (name == "EMPTY") return "";
    if (name == "NESTED") return "${NAME}";
    return std::nullopt;
  });
}

TEST(EnvironmentTest, PutsVariablesIntoText) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"", ""},
      {"plain", "plain"},
      {"${NAME}", "value"},
      {"a${NAME}b${NAME}", "avaluebvalue"},
      {"${NAME:-other}", "value"},
      {"${UNSET:-other}", "other"},
      {"${UNSET:-}", ""},
      {"${EMPTY}", ""},
      {"${EMPTY:-other}", "other"},
      {"${UNSET:-a:-b}", "a:-b"},
      {"${NESTED}", "${NAME}"},
      {"$NAME", "$NAME"},
      {"$", "$"},
      {"{NAME}", "{NAME}"},
      {"$${NAME}", "${NAME}"},
      {"$${NAME} ${NAME}", "${NAME} value"},
  };
  for (const auto& [text, expanded] : kCases)
    EXPECT_EQ(expand_here(text), expanded) << text;
}

TEST(EnvironmentTest, SaysWhatIsWrong) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"${UNSET}", "environment variable UNSET is not set"},
      {"${NAME", "\"${\" has no closing \"}\""},
      {"${}", "\"${}\" does not name an environment variable"},
      {"${1A}", "\"${1A}\" does not name an environment variable"},
      {"${A B}", "\"${A B}\" does not name an environment variable"},
      {"${:-a}", "\"${:-a}\" does not name an environment variable"},
  };
  for (const auto& [text, message] : kCases) {
    const auto expanded = expand_here(text);
    ASSERT_FALSE(expanded.has_value()) << text;
    EXPECT_EQ(expanded.error(), message);
  }
}

TEST(EnvironmentTest, EscapesSoThatExpandingGivesTheSameText) {
  for (const std::string_view text : {"", "$", "${", "${NAME}", "$${NAME}", "$$${", "a$b{c}", "{host}"}) {
    EXPECT_EQ(expand_here(escape_variables(text)), text) << text;
  }
}

}  // namespace
}  // namespace qp::config
