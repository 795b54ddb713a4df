#include "observe/access_values.h"

#include <charconv>

namespace qp::observe {

std::string_view short_name(http::Version version) {
  switch (version) {
    case http::Version::h1_0: return "h1.0";
    case http::Version::h1_1: return "h1";
    case http::Version::h2: return "h2";
    case http::Version::h3: return "h3";
  }
  return "";
}

std::string_view long_name(http::Version version) {
  switch (version) {
    case http::Version::h1_0: return "HTTP/1.0";
    case http::Version::h1_1: return "HTTP/1.1";
    case http::Version::h2: return "HTTP/2.0";
    case http::Version::h3: return "HTTP/3.0";
  }
  return "";
}

void append_number(std::string& out, uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

void append_visible(std::string& out, std::string_view text, char stop) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.empty()) out += '-';
  for (const char c : text.substr(0, kTextBytesMax)) {
    if (c >= ' ' && c < '\x7f' && c != '"' && c != '\\' && c != stop) {
      out += c;
    } else {
      const uint8_t code = static_cast<uint8_t>(c);
      out += "\\x";
      out += kDigits[code >> 4];
      out += kDigits[code & 0xf];
    }
  }
}

std::string_view write_milliseconds(MillisecondsText& out, Duration value) {
  // Microseconds behind a point: exact, and cheaper than a floating-point number.
  const uint64_t us = value.count() < 0 ? 0 : static_cast<uint64_t>(value.count()) / 1000;
  char* end = std::to_chars(out.begin(), out.end(), us / 1000).ptr;
  *end++ = '.';
  *end++ = static_cast<char>('0' + us / 100 % 10);
  *end++ = static_cast<char>('0' + us / 10 % 10);
  *end++ = static_cast<char>('0' + us % 10);
  return {out.data(), end};
}

void append_failures(std::string& out, std::span<const AttemptRecord> attempts) {
  for (size_t i = 0; i + 1 < attempts.size(); ++i) {
    if (i > 0) out += ' ';
    out.append(attempts[i].backend) += ':';
    if (attempts[i].termination.empty()) {
      append_number(out, attempts[i].status);
    } else {
      out.append(attempts[i].termination);
    }
  }
}

}  // namespace qp::observe
