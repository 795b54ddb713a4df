#include "base/json.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace qp {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0x20; c < 0x7f; ++c)
    table[c] = c != '"' && c != '\\';
  return table;
}();

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : uint8_t{0};
}

// The length of the well-formed UTF-8 sequence of more than one byte that `text` begins with (RFC 3629, table
// in section 4); 0 if there is none.
size_t sequence_size(std::string_view text) {
  const uint8_t first = byte_at(text, 0);
  const uint8_t second = byte_at(text, 1);
  const auto is_tail = [](uint8_t byte) { return (byte & 0xc0) == 0x80; };
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

void append_code(std::string& out, uint8_t code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[code >> 4];
  out += kDigits[code & 0xf];
}

void append_special(std::string& out, char character) {
  switch (character) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: append_code(out, static_cast<uint8_t>(character));
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && kIsPlain[static_cast<uint8_t>(text[plain])])
      ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;

    size_t size = 1;
    if (static_cast<uint8_t>(text[0]) < 0x80) {
      append_special(out, text[0]);
    } else if (size = sequence_size(text); size == 0) {
      out += kReplacement;
      size = 1;
    } else if (text[0] == '\xc2' && byte_at(text, 1) < 0xa0) {
      append_code(out, byte_at(text, 1));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  char digits[32];
  literal({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
}

}  // namespace qp
