// Reads the heads of HTTP/1.x messages (RFC 9112 §2-5), strictly: a line ends with CR LF and nothing else,
// names are tokens up to their colon, a value is one line. What another reader could take for something else
// is refused, because two readings of one head are how requests are smuggled.
//
//   HeadScanner    where does the head end? remembers how far it looked, so that bytes may come one by one
//   parse_*        the whole head at once, from wherever it lies
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/h1_refusal.h"
#include "http/message.h"

namespace qp::codec::h1 {

struct HeadLimits {
  uint64_t head_bytes_max = 64 * 1024;  // of a head, and of trailers, as received
  uint64_t uri_bytes_max = 16 * 1024;
  uint32_t head_fields_max = 128;
};

enum class Section : uint8_t { request, response, trailers };

class HeadScanner {
 public:
  HeadScanner(Section section, const HeadLimits& limits) : limits_(limits), section_(section) {}

  // `text` begins with the same bytes as last time. The size of the head with its empty line, or 0: not
  // complete yet. One empty line before a request is part of it (RFC 9112 §2.2).
  Parsed<size_t> scan(std::string_view text);
  void reset() { *this = HeadScanner(section_, limits_); }

 private:
  Parsed<> check_first_byte(char first) const;
  Parsed<> check_unfinished_line(size_t bytes) const;
  Parsed<> check_size(size_t bytes) const;

  HeadLimits limits_;
  Section section_;
  uint32_t lines_ = 0;  // complete ones, the empty line before a request aside
  size_t line_at_ = 0;  // where the line in hand begins
  size_t scanned_ = 0;  // no line end in the bytes before
};

struct ParsedRequest {
  http::RequestHead head;   // fields as they came; the target as it came, in `target`
  std::string_view target;  // into the text
  http::Version version = http::Version::h1_1;
};

struct ParsedResponse {
  http::ResponseHead head;
  http::Version version = http::Version::h1_1;
};

// `text` is what scan() has found. The method, the target and the fields are well formed afterwards, each by
// itself; what they mean together is for h1_target.h and h1_framing.h.
Parsed<ParsedRequest> parse_request(std::string_view text, const HeadLimits& limits);
Parsed<ParsedResponse> parse_response(std::string_view text, const HeadLimits& limits);
// Field lines up to and with their empty line.
Parsed<> parse_fields(std::string_view text, const HeadLimits& limits, http::Headers& fields);

}  // namespace qp::codec::h1
