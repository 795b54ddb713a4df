#include "server/manual.h"

#include <gmock/gmock.h>

namespace qp::server {
namespace {

using testing::HasSubstr;
using testing::Not;

Command sample() {
  return {.name = "quic-proxy",
          .text = "HTTP/3 reverse proxy",
          .options = {{.names = {"-c", "--config"},
                       .value = "FILE",
                       .choices = {},
                       .text = "The configuration",
                       .default_value = "a\\b.yaml"}},
          .commands = {{.name = "paint",
                        .text = "Paint it",
                        .options = {{.names = {},
                                     .value = "COLOUR",
                                     .choices = {"red", "dark-blue"},
                                     .text = "In which colour",
                                     .default_value = ""}},
                        .commands = {}}}};
}

TEST(ManualTest, TellsEveryOptionWithItsValueAndDefault) {
  const std::string page = manual(sample(), "1.2.3");

  EXPECT_THAT(page, HasSubstr(".TH quic\\-proxy 8 \"\" \"quic\\-proxy 1.2.3\""));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-c\\fR, \\fB\\-\\-config\\fR \\fIFILE\\fR\n"
                              "The configuration. Default: a\\eb.yaml.\n"));
}

TEST(ManualTest, TellsEveryCommandWithItsArguments) {
  const std::string page = manual(sample(), "1.2.3");

  EXPECT_THAT(page,
              HasSubstr(".SS \\fBpaint\\fR \\fICOLOUR\\fR\nPaint it.\n"
                        ".TP\n\\fICOLOUR\\fR\nIn which colour. One of \\fBred\\fR, \\fBdark\\-blue\\fR.\n"));
}

TEST(ManualTest, TextIsNeverTakenForAMacro) {
  Command program = sample();
  program.options[0].text = ".sp says the text";

  EXPECT_THAT(manual(program, "1"), Not(HasSubstr("\n.sp")));
}

}  // namespace
}  // namespace qp::server
