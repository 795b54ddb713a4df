#include "base/hex.h"

#include <charconv>

namespace qp {

std::optional<std::vector<unsigned char>> decode_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return {};
  std::vector<unsigned char> bytes(digits.size() / 2);
  const char* at = digits.data();
  for (unsigned char& byte : bytes) {
    const auto [end, error] = std::from_chars(at, at + 2, byte, 16);
    if (error != std::errc() || end != at + 2) return {};
    at = end;
  }
  return bytes;
}

}  // namespace qp
