#include "base/timestamp.h"

#include <algorithm>
#include <chrono>

namespace qp {

namespace {

using std::chrono::floor;

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

template <size_t kSize>
void put(std::array<char, kSize>& text, size_t at, std::string_view piece) {
  std::ranges::copy(piece, text.begin() + static_cast<ptrdiff_t>(at));
}

template <size_t kSize>
void put_number(std::array<char, kSize>& text, size_t at, size_t width, int64_t number) {
  for (size_t i = at + width; i-- > at; number /= 10)
    text[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string_view Timestamp::rfc3339(WallTime time) {
  enter_second(time);
  const auto second = floor<std::chrono::seconds>(time);
  put_number(rfc3339_, 20, 3, floor<std::chrono::milliseconds>(time - second).count());
  return {rfc3339_.data(), rfc3339_.size()};
}

std::string_view Timestamp::common(WallTime time) {
  enter_second(time);
  return {common_.data(), common_.size()};
}

void Timestamp::enter_second(WallTime time) {
  const auto second = floor<std::chrono::seconds>(time);
  if (second.time_since_epoch().count() == second_) return;
  second_ = second.time_since_epoch().count();

  const auto day = floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  const int64_t year = int{date.year()};
  const unsigned month = unsigned{date.month()};

  put(rfc3339_, 0, "0000-00-00T00:00:00.000Z");
  put_number(rfc3339_, 0, 4, year);
  put_number(rfc3339_, 5, 2, month);
  put_number(rfc3339_, 8, 2, unsigned{date.day()});
  put(common_, 0, "00/Xxx/0000:00:00:00 +0000");
  put_number(common_, 0, 2, unsigned{date.day()});
  put(common_, 3, kMonths.substr(size_t{month - 1} * 3, 3));
  put_number(common_, 7, 4, year);
  const auto put_clock = [&](auto& text, size_t at) {
    put_number(text, at, 2, clock.hours().count());
    put_number(text, at + 3, 2, clock.minutes().count());
    put_number(text, at + 6, 2, clock.seconds().count());
  };
  put_clock(rfc3339_, 11);
  put_clock(common_, 12);
}

std::string rfc3339(WallTime time) {
  Timestamp timestamp;
  return std::string(timestamp.rfc3339(time));
}

}  // namespace qp
