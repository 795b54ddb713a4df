// Durations and sizes as the file writes them: "1m30s", "64KiB".
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace qp::config {

/// A value, or what is wrong with the text as the first half of a sentence: `"10" has no unit`.
template <typename T>
using Parsed = std::expected<T, std::string>;

/// Numbers with the units d, h, m, s, ms, us, from the largest to the smallest: "2h", "1m30s".
Parsed<Duration> parse_duration(std::string_view text);
std::string print_duration(Duration duration);

/// Bytes: a plain number, or one with B, KiB, MiB, GiB (1024) or KB, MB, GB (1000).
Parsed<std::uint64_t> parse_size(std::string_view text);
std::string print_size(std::uint64_t bytes);

/// A whole number without sign.
Parsed<std::uint64_t> parse_count(std::string_view text);

}  // namespace qp::config
