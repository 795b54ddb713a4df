// Which bytes may stand where in HTTP/1.x (RFC 9110 §5.6, RFC 9112), as one table, and scans over it. Lists,
// case and blanks are in http/text.h.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace qp::codec::h1 {

enum ByteClass : uint8_t {
  kToken = 1,      // RFC 9110 §5.6.2: tchar
  kTarget = 2,     // a request target: visible ASCII without '#', which no client may send (RFC 9112 §3.2)
  kAuthority = 4,  // RFC 3986 §3.2 without user information: '@' is not in it
  kHex = 8,
  kText = 16,  // field values and reason phrases: everything but controls; the tab is fine
};

constexpr std::array<uint8_t, 256> make_byte_classes() {
  std::array<uint8_t, 256> classes{};
  const auto add = [&classes](std::string_view bytes, ByteClass byte_class) {
    for (const char c : bytes)
      classes[static_cast<unsigned char>(c)] |= byte_class;
  };
  constexpr std::string_view kAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  add(kAlphanumeric, kToken);
  add("!#$%&'*+-.^_`|~", kToken);
  add(kAlphanumeric, kAuthority);
  add("-._~%!$&'()*+,;=:[]", kAuthority);
  add("0123456789abcdefABCDEF", kHex);
  for (int c = 0; c < 256; ++c) {
    if ((c >= 0x20 && c != 0x7f) || c == '\t') classes[static_cast<size_t>(c)] |= kText;
    if (c > 0x20 && c < 0x7f && c != '#') classes[static_cast<size_t>(c)] |= kTarget;
  }
  return classes;
}
inline constexpr std::array<uint8_t, 256> kByteClasses = make_byte_classes();

constexpr bool is(char c, ByteClass byte_class) {
  return (kByteClasses[static_cast<unsigned char>(c)] & byte_class) != 0;
}

// How many of the first bytes belong to the class.
constexpr size_t span_of(std::string_view text, ByteClass byte_class) {
  size_t count = 0;
  while (count < text.size() && is(text[count], byte_class))
    ++count;
  return count;
}
constexpr bool is_all(std::string_view text, ByteClass byte_class) {
  return span_of(text, byte_class) == text.size();
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// is_all(text, kText), eight bytes at a time: values are where most of a head's bytes are.
inline bool is_text(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  while (text.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, text.data(), 8);
    const uint64_t below_blank = (word - kOnes * 0x20) & ~word & kHighs;
    const uint64_t no_delete = word ^ (kOnes * 0x7f);
    const uint64_t zero_there = (no_delete - kOnes) & ~no_delete & kHighs;
    // Not zero if any byte is a control; a tab makes it so as well, so the table decides then.
    if ((below_blank | zero_there) != 0 && !is_all(text.substr(0, 8), kText)) return false;
    text.remove_prefix(8);
  }
  return is_all(text, kText);
}

}  // namespace qp::codec::h1
