#include "base/access_template.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace qp {

std::expected<AccessTemplate, std::string_view> AccessTemplate::parse(std::string_view text) {
  AccessTemplate out;
  for (size_t at = text.find_first_of("{}"); at != std::string_view::npos; at = text.find_first_of("{}")) {
    out.tail += text.substr(0, at);
    text.remove_prefix(at);
    if (text.starts_with("{{") || text.starts_with("}}")) {
      out.tail += text.front();
      text.remove_prefix(2);
      continue;
    }
    const std::string_view placeholder = text.substr(0, text.find('}') + 1);
    if (placeholder.size() < 2) return std::unexpected(text);
    const auto name = std::ranges::find(kAccessVariableNames, placeholder.substr(1, placeholder.size() - 2));
    if (name == kAccessVariableNames.end()) return std::unexpected(placeholder);
    const auto variable = static_cast<AccessVariable>(name - kAccessVariableNames.begin());
    out.pieces.push_back({.text = std::exchange(out.tail, {}), .variable = variable});
    text.remove_prefix(placeholder.size());
  }
  out.tail += text;

  char stop = out.tail.empty() ? '\n' : out.tail.front();
  for (Piece& piece : out.pieces | std::views::reverse) {
    piece.stop = stop;
    if (!piece.text.empty()) stop = piece.text.front();
  }
  return out;
}

}  // namespace qp
