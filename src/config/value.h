// One value of the configuration, whatever its type: how to read it, how to write it, what to say about it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/spelling.h"
#include "config/units.h"

namespace qp::config {

/// Borrows the member that it was made for.
struct Value {
  enum class Style { plain, quoted };

  std::string expected;  // "a duration from 1ms to 1h, such as 10s"
  std::function<std::string()> text;
  std::function<Parsed<void>(std::string_view)> parse;
  Style style = Style::plain;
};

template <typename T>
struct Range {
  T min;
  T max;
};

/// A word that stands for one value of a number: `off`, `auto`, `unlimited`.
template <typename T>
struct Word {
  std::string_view word;
  T value;
};

template <typename E>
struct Choice {
  std::string_view word;
  E value;
};

Value flag(bool& target);
Value count(std::uint32_t& target, Range<std::uint32_t> range);
Value count(std::uint32_t& target, Range<std::uint32_t> range, Word<std::uint32_t> word);
Value port(std::uint16_t& target, Word<std::uint16_t> word);
Value size(std::uint64_t& target, Range<std::uint64_t> range);
Value size_or_unlimited(std::uint64_t& target, Range<std::uint64_t> range);
Value duration(Duration& target, Range<Duration> range);
Value duration_or_off(Duration& target, Range<Duration> range);
Value duration_or_auto(Duration& target, Range<Duration> range);
Value ratio(double& target);
Value minimum_or_off(Minimum& target);
Value address(ListenAddress& target);
Value address_or_off(std::optional<ListenAddress>& target);
Value network(Network& target);
Value url(Url& target);
Value url_or_off(std::optional<Url>& target);

/// A text that `syntax` accepts.
Value text(std::string& target, Parsed<std::string> (*syntax)(std::string_view), std::string_view expected);

/// What is said about a word that is not among `words`.
std::string none_of(std::string_view text, std::span<const std::string_view> words);

/// One of several words. The table lives as long as the program.
template <typename E, std::size_t N>
Value choice(E& target, const Choice<E> (&table)[N]) {
  const std::span<const Choice<E>> all(table);
  std::vector<std::string_view> words;
  for (const Choice<E>& each : all)
    words.push_back(each.word);

  Value value;
  value.expected = choices(words);
  value.text = [&target, all] {
    for (const Choice<E>& each : all) {
      if (each.value == target) return std::string(each.word);
    }
    return std::string();
  };
  value.parse = [&target, all, words](std::string_view text) -> Parsed<void> {
    for (const Choice<E>& each : all) {
      if (each.word != text) continue;
      target = each.value;
      return {};
    }
    return std::unexpected(none_of(text, words));
  };
  return value;
}

}  // namespace qp::config
