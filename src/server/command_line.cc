#include "server/command_line.h"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>

namespace qp::server {

namespace {

// CLI11 puts the values that a check allows behind the type: "SHELL:{bash,fish,zsh}".
std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> choices;
  const size_t open = type.find('{');
  if (open == std::string_view::npos) return choices;
  type = type.substr(open + 1, type.find('}') - open - 1);
  while (!type.empty()) {
    const size_t comma = std::min(type.find(','), type.size());
    choices.emplace_back(type.substr(0, comma));
    type.remove_prefix(std::min(comma + 1, type.size()));
  }
  return choices;
}

CommandOption describe(const CLI::Option& option) {
  CommandOption result;
  for (const std::string& name : option.get_snames())
    result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    result.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  if (option.get_expected_max() > 0) result.value = type.substr(0, type.find_first_of(":( "));
  result.choices = choices_of(type);
  result.text = option.get_description();
  result.default_value = option.get_default_str();
  return result;
}

Command describe(const CLI::App& app, bool with_help) {
  Command result{.name = app.get_name(), .text = app.get_description(), .options = {}, .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (with_help || option != app.get_help_ptr()) result.options.push_back(describe(*option));
  }
  for (const CLI::App* command : app.get_subcommands(nullptr))
    result.commands.push_back(describe(*command, false));
  return result;
}

}  // namespace

Command describe(const CLI::App& app) {
  return describe(app, true);
}

}  // namespace qp::server
