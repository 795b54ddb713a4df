#include "http/framing.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/text.h"

namespace qp::http {

namespace {

constexpr std::array<std::string_view, 4> kSafe{"GET", "HEAD", "OPTIONS", "TRACE"};
constexpr std::array<std::string_view, 2> kOnlyIdempotent{"PUT", "DELETE"};

}  // namespace

bool may_have_body(std::string_view request_method, uint16_t status) {
  return request_method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

bool is_safe(std::string_view method) {
  return std::ranges::find(kSafe, method) != kSafe.end();
}

bool is_idempotent(std::string_view method) {
  return is_safe(method) || std::ranges::find(kOnlyIdempotent, method) != kOnlyIdempotent.end();
}

Result<std::optional<uint64_t>> content_length(const Headers& fields, Origin origin) {
  const auto value = fields.find(Name::content_length);
  if (!value) return std::nullopt;
  if (fields.count(Name::content_length) > 1)
    return fail(ErrorCode::malformed, origin, "Content-Length is given twice");
  // from_chars alone would take "-1"; no sign, no blank, no empty value.
  if (value->empty() || !std::ranges::all_of(*value, is_digit)) {
    return fail(ErrorCode::malformed, origin, "Content-Length is not a number");
  }
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), length);
  if (error != std::errc()) return fail(ErrorCode::malformed, origin, "Content-Length is too large");
  return length;
}

}  // namespace qp::http
