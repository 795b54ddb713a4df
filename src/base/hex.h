// Hexadecimal digits, two a byte, most significant first.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace qp {

// Either case; nothing if anything else stands there, or half a byte.
std::optional<std::vector<unsigned char>> decode_hex(std::string_view digits);

}  // namespace qp
