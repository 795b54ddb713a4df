// A log whose lines a test reads.
#pragma once
#include <atomic>
#include <string>

#include "base/log.h"

namespace qp::test {

class LogTaker {
 public:
  // The lines since the last time, as text without their times, one below the other.
  std::string take() {
    constexpr size_t kTimeBytes = sizeof("2026-11-23T05:21:24.123Z");  // and a blank
    std::string all;
    for (const std::string_view piece : ring_.readable())
      all += piece;
    ring_.consume(all.size());
    std::string lines;
    for (size_t at = 0; at < all.size();) {
      const size_t end = all.find('\n', at) + 1;
      lines += all.substr(at + kTimeBytes, end - at - kTimeBytes);
      at = end;
    }
    return lines;
  }

 private:
  LogRing ring_{64 * 1024};

 public:
  std::atomic<LogLevel> level = LogLevel::info;
  Log log{ring_, level, LogFormat::text};
};

}  // namespace qp::test
