#include "config/value.h"

#include <fmt/format.h>

#include <charconv>

#include "config/address.h"

namespace qp::config {

namespace {

/// A value of a type that has a parser and a printer of its own.
template <typename T>
Value plain(T& target, std::string expected, Parsed<T> (*parse)(std::string_view),
            std::string (*print)(const T&)) {
  return {.expected = std::move(expected),
          .text = [&target, print] { return print(target); },
          .parse = [&target, parse](std::string_view text) -> Parsed<void> {
            auto parsed = parse(text);
            if (!parsed) return std::unexpected(std::move(parsed.error()));
            target = *std::move(parsed);
            return {};
          }};
}

/// A number with bounds and perhaps a word for one value outside of them.
template <typename T, typename Parse, typename Print>
Value number(T& target, Range<T> range, std::optional<Word<T>> word, std::string expected, Parse parse,
             Print print) {
  if (word) expected = fmt::format("{}, or {}", expected, word->word);
  return {.expected = std::move(expected),
          .text = [&target, word,
                   print] { return word && word->value == target ? std::string(word->word) : print(target); },
          .parse = [&target, range, word, parse](std::string_view text) -> Parsed<void> {
            if (word && word->word == text) {
              target = word->value;
              return {};
            }
            const auto parsed = parse(text);
            if (!parsed) return std::unexpected(parsed.error());
            if (*parsed < range.min || *parsed > range.max) {
              return std::unexpected(fmt::format("\"{}\" is out of range", text));
            }
            target = static_cast<T>(*parsed);
            return {};
          }};
}

template <typename T>
Value whole(T& target, Range<T> range, std::optional<Word<T>> word) {
  return number(target, range, word, fmt::format("a whole number from {} to {}", range.min, range.max),
                parse_count, [](T value) { return fmt::format("{}", value); });
}

Value any_size(std::uint64_t& target, Range<std::uint64_t> range, std::optional<Word<std::uint64_t>> word) {
  auto expected = fmt::format("a size from {} to {}, such as 64KiB or 10MB", print_size(range.min),
                              print_size(range.max));
  return number(target, range, word, std::move(expected), parse_size, print_size);
}

Value any_duration(Duration& target, Range<Duration> range, std::optional<Word<Duration>> word) {
  auto expected = fmt::format("a duration from {} to {}, such as 10s or 1m30s", print_duration(range.min),
                              print_duration(range.max));
  return number(target, range, word, std::move(expected), parse_duration, print_duration);
}

/// A value that may be absent, which the file calls `off`.
template <typename T>
Value or_off(std::optional<T>& target, std::string_view expected, Parsed<T> (*parse)(std::string_view),
             std::string (*print)(const T&)) {
  return {.expected = fmt::format("{}, or off", expected),
          .text = [&target, print] { return target ? print(*target) : "off"; },
          .parse = [&target, parse](std::string_view text) -> Parsed<void> {
            if (text == "off") {
              target.reset();
              return {};
            }
            auto parsed = parse(text);
            if (!parsed) return std::unexpected(std::move(parsed.error()));
            target = *std::move(parsed);
            return {};
          },
          .style = Value::Style::quoted};
}

Parsed<double> parse_ratio(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::general);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::unexpected(fmt::format("\"{}\" is not a number", text));
  }
  if (!(value >= 0.0 && value <= 1.0)) return std::unexpected(fmt::format("\"{}\" is out of range", text));
  return value;
}

Parsed<Minimum> parse_minimum(std::string_view text) {
  constexpr std::uint64_t kBackendsMax = 4096;
  if (text == "off") return Minimum{};
  const bool is_percent = text.ends_with('%');
  const auto number = parse_count(is_percent ? text.substr(0, text.size() - 1) : text);
  if (!number) return std::unexpected(number.error());
  if (*number < 1 || *number > (is_percent ? 100 : kBackendsMax)) {
    return std::unexpected(fmt::format("\"{}\" is out of range", text));
  }
  return Minimum{.value = static_cast<std::uint32_t>(*number), .is_percent = is_percent};
}

std::string print_minimum(const Minimum& minimum) {
  if (minimum.value == 0) return "off";
  return fmt::format("{}{}", minimum.value, minimum.is_percent ? "%" : "");
}

constexpr std::string_view kAddress = "an address such as \":443\", \"127.0.0.1:8080\" or \"[::1]:443\"";
constexpr std::string_view kUrl = "a URL such as \"http://backend1:3000\" or \"https://10.0.0.7/base\"";

}  // namespace

Value flag(bool& target) {
  static constexpr Choice<bool> kWords[] = {{"true", true}, {"false", false}};
  return choice(target, kWords);
}

Value count(std::uint32_t& target, Range<std::uint32_t> range) {
  return whole(target, range, {});
}

Value count(std::uint32_t& target, Range<std::uint32_t> range, Word<std::uint32_t> word) {
  return whole(target, range, std::optional(word));
}

Value port(std::uint16_t& target, Word<std::uint16_t> word) {
  return whole(target, {.min = 1, .max = 65535}, std::optional(word));
}

Value size(std::uint64_t& target, Range<std::uint64_t> range) {
  return any_size(target, range, {});
}

Value size_or_unlimited(std::uint64_t& target, Range<std::uint64_t> range) {
  return any_size(target, range, Word<std::uint64_t>{"unlimited", kUnlimited});
}

Value duration(Duration& target, Range<Duration> range) {
  return any_duration(target, range, {});
}

Value duration_or_off(Duration& target, Range<Duration> range) {
  return any_duration(target, range, Word<Duration>{"off", kOff});
}

Value duration_or_auto(Duration& target, Range<Duration> range) {
  return any_duration(target, range, Word<Duration>{"auto", kAuto});
}

Value ratio(double& target) {
  return plain<double>(target, "a number from 0 to 1", parse_ratio,
                       [](const double& value) { return fmt::format("{}", value); });
}

Value minimum_or_off(Minimum& target) {
  return plain<Minimum>(target, "a number of backends from 1 to 4096, a share from 1% to 100%, or off",
                        parse_minimum, print_minimum);
}

Value address(ListenAddress& target) {
  Value value = plain<ListenAddress>(target, std::string(kAddress), parse_address, print_address);
  value.style = Value::Style::quoted;
  return value;
}

Value address_or_off(std::optional<ListenAddress>& target) {
  return or_off(target, kAddress, parse_address, print_address);
}

Value network(Network& target) {
  Value value = plain<Network>(target, "an address range such as \"10.0.0.0/8\" or \"fd00::/8\"",
                               parse_network, print_network);
  value.style = Value::Style::quoted;
  return value;
}

Value url(Url& target) {
  Value value = plain<Url>(target, std::string(kUrl), parse_url, print_url);
  value.style = Value::Style::quoted;
  return value;
}

Value url_or_off(std::optional<Url>& target) {
  return or_off(target, kUrl, parse_url, print_url);
}

Value text(std::string& target, Parsed<std::string> (*syntax)(std::string_view), std::string_view expected) {
  Value value =
      plain<std::string>(target, std::string(expected), syntax, [](const std::string& held) { return held; });
  value.style = Value::Style::quoted;
  return value;
}

std::string one_of(std::span<const std::string_view> words) {
  return choices(words);
}

std::string none_of(std::string_view text, std::span<const std::string_view> words) {
  return fmt::format("\"{}\" is not a choice here{}", text, suggestion(text, words));
}

}  // namespace qp::config
