#include "config/complaint.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace qp::config {

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

namespace {

/// Blanks as wide as the first `bytes` bytes of a line: tabs stay tabs, a character of several bytes is one
/// blank.
std::string blanks(std::string_view line, std::size_t bytes) {
  std::string out;
  for (const char c : line.substr(0, bytes)) {
    if (c == '\t') {
      out += '\t';
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

Mark Marks::of(std::string_view path) const {
  for (;;) {
    if (const auto found = marks_.find(path); found != marks_.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string_view::npos) return {};
    path = path.substr(0, cut);
  }
}

bool Marks::is_wrong(std::string_view path) const {
  const auto first = wrong_.lower_bound(path);
  return first != wrong_.end() && first->starts_with(path);
}

std::string to_text(const Source& source, const Complaints& complaints) {
  std::string out;
  for (const Complaint& complaint : complaints) {
    const auto [line, column] = complaint.mark;
    out += fmt::format("{}:{}:{}: {}", source.name, line, column, complaint.message);
    const bool is_question = complaint.message.ends_with('?');  // a guess already says what would be right
    if (!complaint.expected.empty() && !is_question) out += "; expected " + complaint.expected;
    out += '\n';
    const std::string_view text = line_of(source.text, line);
    if (text.empty()) continue;
    out += fmt::format("{:>5} | {}\n", line, text);
    out += fmt::format("      | {}^\n", blanks(text, column - 1));
  }
  return out;
}

std::string to_json(const Source& source, const Complaints& complaints) {
  auto all = nlohmann::ordered_json::array();
  for (const Complaint& complaint : complaints) {
    all.push_back({{"file", source.name},
                   {"line", complaint.mark.line},
                   {"column", complaint.mark.column},
                   {"message", complaint.message},
                   {"expected", complaint.expected}});
  }
  // The source may hold bytes that are not UTF-8, and messages quote it.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace qp::config
