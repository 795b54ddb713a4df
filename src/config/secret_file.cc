#include "config/secret_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.h"
#include "config/file.h"

namespace qp::config {

namespace {

constexpr std::size_t kSecretBytesMin = 32;

}  // namespace

Parsed<std::string> read_secret(const std::string& path) {
  auto text = read_file(path);
  if (text && text->size() < kSecretBytesMin) {
    return std::unexpected(fmt::format("\"{}\" has {} bytes", path, text->size()));
  }
  return text;
}

Parsed<std::array<unsigned char, 16>> read_balancer_key(const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::unexpected(std::move(text.error()));
  constexpr const char* kBlanks = " \t\r\n";
  text->erase(text->find_last_not_of(kBlanks) + 1);
  text->erase(0, text->find_first_not_of(kBlanks));
  std::array<unsigned char, 16> key;
  const auto bytes = decode_hex(*text);
  if (!bytes || bytes->size() != key.size()) {
    return std::unexpected(fmt::format("\"{}\" does not hold 32 hexadecimal digits", path));
  }
  std::ranges::copy(*bytes, key.begin());
  return key;
}

}  // namespace qp::config
