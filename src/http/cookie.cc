#include "http/cookie.h"

#include "http/text.h"

namespace qp::http {

namespace {

std::optional<std::string_view> find_pair(std::string_view pairs, std::string_view name) {
  while (!pairs.empty()) {
    const size_t end = pairs.find(';');
    const std::string_view pair = trimmed(pairs.substr(0, end));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && trimmed(pair.substr(0, equals)) == name) {
      return trimmed(pair.substr(equals + 1));
    }
    pairs.remove_prefix(end == std::string_view::npos ? pairs.size() : end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_cookie(const Headers& fields, std::string_view name) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != Name::cookie) continue;
    if (const auto value = find_pair(fields[i].value, name)) return value;
  }
  return std::nullopt;
}

}  // namespace qp::http
