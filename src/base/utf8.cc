#include "base/utf8.h"

#include <cstdint>

namespace qp {

namespace {

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : uint8_t{0};
}

bool is_tail(uint8_t byte) {
  return (byte & 0xc0) == 0x80;
}

}  // namespace

// The table in section 4 of the RFC.
size_t utf8_sequence_size(std::string_view text) {
  if (text.empty()) return 0;
  const uint8_t first = byte_at(text, 0);
  const uint8_t second = byte_at(text, 1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_tail(second) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const uint8_t least = first == 0xe0 ? 0xa0 : 0x80;     // no overlong forms
    const uint8_t greatest = first == 0xed ? 0x9f : 0xbf;  // no surrogates
    return second >= least && second <= greatest && is_tail(byte_at(text, 2)) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const uint8_t least = first == 0xf0 ? 0x90 : 0x80;
    const uint8_t greatest = first == 0xf4 ? 0x8f : 0xbf;
    const bool is_good = second >= least && second <= greatest;
    return is_good && is_tail(byte_at(text, 2)) && is_tail(byte_at(text, 3)) ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, std::string_view text, size_t bytes_max) {
  const size_t begin = out.size();
  while (!text.empty()) {
    const size_t size = utf8_sequence_size(text);
    const std::string_view piece = size == 0 ? kReplacementCharacter : text.substr(0, size);
    if (out.size() - begin + piece.size() > bytes_max) return;
    out += piece;
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace qp
