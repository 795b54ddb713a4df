#include "base/json.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "base/utf8.h"

namespace qp {

namespace {

constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0x20; c < 0x7f; ++c)
    table[c] = c != '"' && c != '\\';
  return table;
}();

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
    } else if (size = utf8_sequence_size(text); size == 0) {
      out += kReplacementCharacter;
      size = 1;
    } else if (text[0] == '\xc2' && static_cast<uint8_t>(text[1]) < 0xa0) {
      append_code(out, static_cast<uint8_t>(text[1]));
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
