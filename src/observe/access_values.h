// How the values of an access line are put into words, whatever the line's form.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "observe/exchange_record.h"

namespace qp::observe {

inline constexpr size_t kTextBytesMax = 4096;  // of one value; the rest is cut off

std::string_view short_name(http::Version version);  // "h3"
std::string_view long_name(http::Version version);   // "HTTP/3.0"

void append_number(std::string& out, uint64_t number);

// With three decimals; a clock that went backward gives zero.
using MillisecondsText = std::array<char, 24>;
std::string_view write_milliseconds(MillisecondsText& out, Duration value);

// Printable ASCII as it is; the rest, quotes, backslashes and `stop` as \xHH; nothing at all as a dash: as
// other servers write these formats.
void append_visible(std::string& out, std::string_view text, char stop = '"');

// "api-1:upstream_closed api-2:503", of all but the last attempt.
void append_failures(std::string& out, std::span<const AttemptRecord> attempts);

}  // namespace qp::observe
