#include "server/command_line.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

namespace qp::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CommandLineTest, IsReadOffItsDefinition) {
  CLI::App app("Does something", "program");
  std::string file = "x.yaml";
  std::string colour;
  bool quickly = false;
  app.add_option("-f,--file", file, "From where")->type_name("FILE")->capture_default_str();
  CLI::App* paint = app.add_subcommand("paint", "Paint it");
  paint->add_flag("--quickly", quickly, "Be quick");
  paint->add_option("colour", colour, "Which")->type_name("COLOUR")->check(CLI::IsMember({"blue", "red"}));

  const Command program = describe(app);

  EXPECT_EQ(program.name, "program");
  EXPECT_EQ(program.text, "Does something");
  ASSERT_EQ(program.options.size(), 2);
  EXPECT_THAT(program.options[0].names, ElementsAre("-h", "--help"));
  EXPECT_THAT(program.options[1].names, ElementsAre("-f", "--file"));
  EXPECT_EQ(program.options[1].value, "FILE");
  EXPECT_EQ(program.options[1].text, "From where");
  EXPECT_EQ(program.options[1].default_value, "x.yaml");
  EXPECT_THAT(program.options[1].choices, IsEmpty());

  ASSERT_EQ(program.commands.size(), 1);
  const Command& command = program.commands[0];
  EXPECT_EQ(command.name, "paint");
  ASSERT_EQ(command.options.size(), 2);  // --help is the program's
  EXPECT_THAT(command.options[0].names, ElementsAre("--quickly"));
  EXPECT_EQ(command.options[0].value, "");
  EXPECT_THAT(command.options[1].names, IsEmpty());
  EXPECT_EQ(command.options[1].value, "COLOUR");
  EXPECT_THAT(command.options[1].choices, ElementsAre("blue", "red"));
}

}  // namespace
}  // namespace qp::server
