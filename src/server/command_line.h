// The command line as plain values, read off its definition, so that manual and completions can't say
// anything else.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace qp::server {

struct CommandOption {
  std::vector<std::string> names;    // "-c", "--config"; none: an argument that is told by its place
  std::string value;                 // what follows it: "FILE"; empty: nothing
  std::vector<std::string> choices;  // the only values that there are; empty: any
  std::string text;                  // one sentence
  std::string default_value;         // empty: none
};

struct Command {
  std::string name;
  std::string text;
  std::vector<CommandOption> options;
  std::vector<Command> commands;
};

// The program itself with its commands below it, in the order of their definition. What commands have from
// the program (its options may stand behind them, --help too) is told once.
Command describe(const CLI::App& app);

}  // namespace qp::server
