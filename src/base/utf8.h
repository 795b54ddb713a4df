// UTF-8 (RFC 3629) as strangers write it: what is well formed, and how to make the rest so.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace qp {

inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";  // U+FFFD

// The length of the well-formed sequence that `text` begins with; 0 if there is none.
size_t utf8_sequence_size(std::string_view text);

// Appends `text`, with U+FFFD for every byte that belongs to no well-formed sequence, and without what would
// make it longer than `bytes_max`.
void append_utf8(std::string& out, std::string_view text, size_t bytes_max);

}  // namespace qp
