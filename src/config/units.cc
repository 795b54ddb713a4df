#include "config/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace qp::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurationUnits{
    Unit{"d", 86'400'000'000'000}, Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000},
    Unit{"s", 1'000'000'000},      Unit{"ms", 1'000'000},        Unit{"us", 1'000},
};

constexpr std::array kSizeUnits{
    Unit{"GiB", 1ULL << 30U},
    Unit{"MiB", 1ULL << 20U},
    Unit{"KiB", 1ULL << 10U},
    Unit{"GB", 1'000'000'000},
    Unit{"MB", 1'000'000},
    Unit{"KB", 1'000},
    Unit{"B", 1},
};

/// A number at the front of a text with the letters behind it.
struct Part {
  std::uint64_t number = 0;
  std::string_view unit;
};

/// Takes the next part off the text; none when there is no number or it is too long.
std::optional<Part> take_part(std::string_view& text) {
  Part part;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part.number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  part.unit = text.substr(0, text.find_first_of("0123456789"));
  text.remove_prefix(part.unit.size());
  return part;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

/// number * factor + sum, or none when that is more than `max`.
std::optional<std::uint64_t> add_product(std::uint64_t sum, std::uint64_t number, std::uint64_t factor,
                                         std::uint64_t max) {
  if (number > (max - sum) / factor) return std::nullopt;
  return sum + number * factor;
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
  constexpr auto max = static_cast<std::uint64_t>(std::numeric_limits<Duration::rep>::max());
  std::uint64_t sum = 0;
  std::uint64_t above = std::numeric_limits<std::uint64_t>::max();  // factor of the unit before
  std::string_view rest = text;
  if (text.find('.') != std::string_view::npos)
    return std::unexpected(fmt::format("\"{}\" has a fraction", text));
  do {
    const std::optional<Part> part = take_part(rest);
    if (!part) return std::unexpected(fmt::format("\"{}\" is not a duration", text));
    if (part->unit.empty()) return std::unexpected(fmt::format("\"{}\" has no unit", text));
    const Unit* unit = find_unit(kDurationUnits, part->unit);
    if (unit == nullptr) {
      return std::unexpected(fmt::format("\"{}\" in \"{}\" is no unit of time", part->unit, text));
    }
    if (unit->factor >= above) {
      return std::unexpected(fmt::format("the units in \"{}\" do not go from large to small", text));
    }
    const auto next = add_product(sum, part->number, unit->factor, max);
    if (!next) return std::unexpected(fmt::format("\"{}\" is longer than can be counted", text));
    sum = *next;
    above = unit->factor;
  } while (!rest.empty());
  return Duration(static_cast<Duration::rep>(sum));
}

std::string print_duration(Duration duration) {
  auto rest = static_cast<std::uint64_t>(duration.count());
  std::string out;
  for (const Unit& unit : kDurationUnits) {
    if (rest >= unit.factor) out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out.empty() ? "0s" : out;
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  const std::optional<Part> part = take_part(rest);
  if (!part || !rest.empty()) return std::unexpected(fmt::format("\"{}\" is not a size", text));
  const Unit* unit = find_unit(kSizeUnits, part->unit.empty() ? "B" : part->unit);
  if (unit == nullptr) {
    return std::unexpected(fmt::format("\"{}\" in \"{}\" is no unit of size", part->unit, text));
  }
  const auto bytes = add_product(0, part->number, unit->factor, std::numeric_limits<std::uint64_t>::max());
  if (!bytes) return std::unexpected(fmt::format("\"{}\" is more than can be counted", text));
  return *bytes;
}

std::string print_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (unit.name.size() == 3 && bytes >= unit.factor && bytes % unit.factor == 0) {
      return fmt::format("{}{}", bytes / unit.factor, unit.name);
    }
  }
  return fmt::format("{}", bytes);
}

Parsed<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    return std::unexpected(fmt::format("\"{}\" is more than can be counted", text));
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::unexpected(fmt::format("\"{}\" is not a whole number", text));
  }
  return number;
}

}  // namespace qp::config
