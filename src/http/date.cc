#include "http/date.h"

#include <algorithm>
#include <cstdio>

namespace qp::http {

namespace {

constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string_view Date::text(WallTime now) {
  namespace chrono = std::chrono;
  const int64_t second = chrono::floor<chrono::seconds>(now).time_since_epoch().count();
  if (second == second_) return {text_.data(), text_.size()};

  const auto day = chrono::floor<chrono::days>(now);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(now - day));
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  std::copy_n(line.begin(), text_.size(), text_.begin());
  second_ = second;
  return {text_.data(), text_.size()};
}

}  // namespace qp::http
