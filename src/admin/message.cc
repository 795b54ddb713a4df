#include "admin/message.h"

#include <charconv>
#include <utility>

#include "base/json.h"

namespace qp::admin {

namespace {

// application/x-www-form-urlencoded, one name or value of it.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned char byte = 0;
    if (text.size() - i < 3) return std::nullopt;
    const char* digits = text.data() + i + 1;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::optional<std::string> Request::parameter(std::string_view name) const {
  std::string_view rest = query.substr(query.empty() ? 0 : 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (decode(pair.substr(0, equals)) != name) continue;
    return decode(pair.substr(std::min(pair.size(), equals + 1)));
  }
  return std::nullopt;
}

Response json_response(std::string body, uint16_t status) {
  body += '\n';
  return {.status = status, .body = std::move(body), .fields = {}};
}

Response refusal(uint16_t status, std::string_view error, std::string_view message) {
  Response response{.status = status};
  JsonWriter json(response.body);
  json.begin_object();
  json.field("error", error);
  json.field("message", message);
  json.end_object();
  response.body += '\n';
  return response;
}

}  // namespace qp::admin
