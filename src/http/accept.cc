#include "http/accept.h"

#include "http/text.h"

namespace qp::http {

namespace {

constexpr uint16_t kWanted = 1000;

// "0.8" in thousandths (RFC 9110 §12.4.2); whatever is none counts as 0.
uint16_t parse_weight(std::string_view text) {
  if (text.size() > 5 || !(text.starts_with('0') || text.starts_with('1'))) return 0;
  uint16_t weight = text[0] == '1' ? kWanted : 0;
  if (weight == kWanted || text.size() == 1) return weight;
  if (text[1] != '.') return 0;
  uint16_t unit = 100;
  for (const char digit : text.substr(2)) {
    if (!is_digit(digit)) return 0;
    weight = static_cast<uint16_t>(weight + (digit - '0') * unit);
    unit /= 10;
  }
  return weight;
}

// The q among the parameters of one range.
uint16_t weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    parameters.remove_prefix(1);  // the semicolon
    const size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trimmed(parameters.substr(0, end));
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) return parse_weight(parameter.substr(2));
    parameters.remove_prefix(end);
  }
  return kWanted;
}

// 3 for the type itself, 2 for "type/*", 1 for "*/*", 0 for another one.
int exactness(std::string_view range, std::string_view media_type) {
  if (equals_ignoring_case(range, media_type)) return 3;
  if (range == "*/*") return 1;
  if (!range.ends_with("/*")) return 0;
  range.remove_suffix(1);
  return equals_ignoring_case(range, media_type.substr(0, range.size())) ? 2 : 0;
}

}  // namespace

uint16_t quality_of(std::string_view accept, std::string_view media_type) {
  if (trimmed(accept).empty()) return kWanted;
  int best = 0;
  uint16_t quality = 0;
  while (!accept.empty()) {
    const std::string_view element = take_element(accept);
    const size_t end = std::min(element.find(';'), element.size());
    const int exact = exactness(trimmed(element.substr(0, end)), media_type);
    if (exact <= best) continue;
    best = exact;
    quality = weight_of(element.substr(end));
  }
  return quality;
}

}  // namespace qp::http
