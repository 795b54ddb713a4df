#include "config/syntax_error.h"

#include <string>

namespace qp::config {

namespace {

struct Explanation {
  std::string_view parser;  // how its message begins
  std::string_view message;
  std::string_view expected;
};

constexpr Explanation kExplanations[] = {
    {"illegal map value", "a \": \" stands where no key can be",
     "keys of one section at the same indentation, and quotes around a value that holds \": \""},
    {"end of map not found", "this line does not belong to the section above it",
     "keys of one section at the same indentation, and every quote closed"},
    {"end of sequence not found", "this line does not belong to the list above it",
     "items that begin with \"- \" at the same indentation"},
    {"end of sequence flow not found", "a \"[\" is not closed", "\"]\" at the end of the list"},
    {"end of map flow not found", "a \"{\" is not closed", "\"}\" at the end of the section"},
    {"the referenced anchor is not defined", "there is no anchor of this name",
     "\"&name\" before \"*name\", or quotes around a value that begins with \"*\""},
    {"unknown token", "a value cannot begin with this character", "quotes around the value"},
    {"unknown escape character", "there is no such escape in double quotes",
     "single quotes around a value that holds \"\\\""},
    {"illegal EOF in scalar", "a quote is not closed", "the same quote at the end of the value"},
    {"illegal document indicator in scalar", "a quote is not closed",
     "the same quote at the end of the value"},
};

bool is_indented_by_tab(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

}  // namespace

Complaint explain_syntax(const Source& source, Mark mark, std::string_view parser_message) {
  if (is_indented_by_tab(line_of(source.text, mark.line))) {
    return {.mark = {.line = mark.line, .column = 1},
            .message = "a tab indents this line",
            .expected = "blanks; YAML takes no tabs there"};
  }
  for (const Explanation& each : kExplanations) {
    if (!parser_message.starts_with(each.parser)) continue;
    return {.mark = mark, .message = std::string(each.message), .expected = std::string(each.expected)};
  }
  return {.mark = mark, .message = "this is not YAML: " + std::string(parser_message), .expected = "YAML"};
}

}  // namespace qp::config
