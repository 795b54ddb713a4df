#include "config/environment.h"

#include <fmt/format.h>

#include <cstdlib>

namespace qp::config {

namespace {

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!good) return false;
  }
  return true;
}

/// The value of what stood between "${" and "}".
std::expected<std::string, std::string> value_of(std::string_view reference, const Environment& environment) {
  const std::size_t split = reference.find(":-");
  const std::string_view name = reference.substr(0, split);
  if (!is_name(name)) {
    return std::unexpected(fmt::format("\"${{{}}}\" does not name an environment variable", reference));
  }
  std::optional<std::string> value = environment(name);
  if (split != std::string_view::npos) {
    return value && !value->empty() ? *value : std::string(reference.substr(split + 2));
  }
  if (!value) return std::unexpected(fmt::format("environment variable {} is not set", name));
  return *std::move(value);
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::expected<std::string, std::string> expand(std::string_view text, const Environment& environment) {
  std::string out;
  while (!text.empty()) {
    const std::size_t start = text.find("${");
    if (start == std::string_view::npos) break;
    if (start > 0 && text[start - 1] == '$') {
      out.append(text.substr(0, start - 1)).append("${");
      text.remove_prefix(start + 2);
      continue;
    }
    out.append(text.substr(0, start));
    const std::size_t end = text.find('}', start);
    if (end == std::string_view::npos) return std::unexpected(std::string("\"${\" has no closing \"}\""));
    auto value = value_of(text.substr(start + 2, end - start - 2), environment);
    if (!value) return value;
    out += *value;
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

std::string escape_variables(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) out += '$';
    out += text[i];
  }
  return out;
}

}  // namespace qp::config
