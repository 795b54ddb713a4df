#include "server/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace qp::server {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> command_names(const Command& program) {
  std::vector<std::string> names;
  for (const Command& command : program.commands)
    names.push_back(command.name);
  return names;
}

// `text` between single quotes, for every one of the shells.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// An option by its names, an argument by its values.
std::vector<std::string> words_of(const Command& command) {
  std::vector<std::string> words;
  for (const CommandOption& option : command.options) {
    const auto& some = option.names.empty() ? option.choices : option.names;
    words.insert(words.end(), some.begin(), some.end());
  }
  return words;
}

// Is there an argument that is a file?
bool takes_file(const Command& command) {
  return std::ranges::any_of(command.options, [](const CommandOption& option) {
    return option.names.empty() && option.value == "FILE";
  });
}

// The shell's word for what follows an option.
std::string_view bash_action(const CommandOption& option) {
  if (option.value == "FILE") return "compgen -f";
  return option.value == "FOLDER" ? "compgen -d" : "compgen -W ''";
}

void append_bash_values(std::string& script, const Command& command) {
  for (const CommandOption& option : command.options) {
    if (option.value.empty() || option.names.empty()) continue;
    script += fmt::format("    {}) mapfile -t COMPREPLY < <({} -- \"$word\"); return ;;\n",
                          joined(option.names, "|"), bash_action(option));
  }
}

std::string bash(const Command& program) {
  std::string script = fmt::format(
      "# bash completion for {0}\n_quic_proxy() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command= words files= "
      "i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${{COMP_WORDS[i]}} in {1}) command=${{COMP_WORDS[i]}} ;; esac\n"
      "  done\n"
      "  case $before in\n",
      program.name, joined(command_names(program), "|"));
  append_bash_values(script, program);
  for (const Command& command : program.commands)
    append_bash_values(script, command);
  script += "  esac\n  case $command in\n";
  for (const Command& command : program.commands)
    script += fmt::format("    {}) words={}{} ;;\n", command.name, in_quotes(joined(words_of(command), " ")),
                          takes_file(command) ? " files=-f" : "");
  script += fmt::format(
      "    *) words={} ;;\n  esac\n"
      "  mapfile -t COMPREPLY < <(compgen $files -W \"$words {}\" -- \"$word\")\n"
      "}}\ncomplete -F _quic_proxy {}\n",
      in_quotes(joined(command_names(program), " ")), joined(words_of(program), " "), program.name);
  return script;
}

// One argument of zsh's _arguments.
std::string zsh_argument(const CommandOption& option) {
  std::string action;
  if (!option.choices.empty()) {
    action = fmt::format("({})", joined(option.choices, " "));
  } else if (option.value == "FILE") {
    action = "_files";
  } else if (option.value == "FOLDER") {
    action = "_files -/";
  }
  if (option.names.empty()) return in_quotes(fmt::format("1:{}:{}", option.value, action));
  const std::string value = option.value.empty() ? "" : fmt::format(":{}:{}", option.value, action);
  const std::string text = fmt::format("[{}]{}", option.text, value);
  if (option.names.size() == 1) return option.names[0] + in_quotes(text);
  return fmt::format("'({})'{{{}}}{}", joined(option.names, " "), joined(option.names, ","), in_quotes(text));
}

std::string zsh_arguments(const Command& command) {
  std::string result;
  for (const CommandOption& option : command.options)
    result += fmt::format(" {}", zsh_argument(option));
  return result;
}

std::string zsh(const Command& program) {
  std::string script = fmt::format(
      "#compdef {0}\n_quic_proxy() {{\n"
      "  local state\n  local -a commands\n  _arguments -C{1} '1: :->command' '*:: :->rest'\n"
      "  case $state in\n    command)\n      commands=(",
      program.name, zsh_arguments(program));
  for (const Command& command : program.commands)
    script += fmt::format(" {}", in_quotes(fmt::format("{}:{}", command.name, command.text)));
  script += " )\n      _describe command commands ;;\n    rest)\n      case $words[1] in\n";
  for (const Command& command : program.commands)
    script += fmt::format("        {}) _arguments{}{} ;;\n", command.name, zsh_arguments(program),
                          zsh_arguments(command));
  return script + "      esac ;;\n  esac\n}\n_quic_proxy \"$@\"\n";
}

void append_fish(std::string& script, const Command& command, std::string_view program,
                 std::string_view condition) {
  for (const CommandOption& option : command.options) {
    script += fmt::format("complete -c {}{}", program, condition);
    for (const std::string& name : option.names)
      script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.value.empty() && !option.names.empty()) script += " -r";
    if (option.value == "FILE") script += " -F";
    if (option.value == "FOLDER") script += " -a '(__fish_complete_directories)'";
    if (!option.choices.empty()) script += " -a " + in_quotes(joined(option.choices, " "));
    script += fmt::format(" -d {}\n", in_quotes(option.text));
  }
}

std::string fish(const Command& program) {
  std::string script = fmt::format("# fish completion for {0}\ncomplete -c {0} -f\n", program.name);
  append_fish(script, program, program.name, "");
  for (const Command& command : program.commands) {
    script += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", program.name, command.name,
                          in_quotes(command.text));
    append_fish(script, command, program.name,
                fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name));
  }
  return script;
}

struct Writer {
  std::string_view shell;
  std::string (*write)(const Command&);
};
constexpr std::array<Writer, 3> kWriters = {{{"bash", bash}, {"fish", fish}, {"zsh", zsh}}};

}  // namespace

std::vector<std::string> shells() {
  std::vector<std::string> names;
  for (const Writer& writer : kWriters)
    names.emplace_back(writer.shell);
  return names;
}

std::string completion(const Command& program, std::string_view shell) {
  for (const Writer& writer : kWriters) {
    if (writer.shell == shell) return writer.write(program);
  }
  return {};
}

}  // namespace qp::server
