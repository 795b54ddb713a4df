// What the operator is told: one event, one line, with fields. A line costs a look at the level when it is
// not wanted, and a copy into the thread's ring when it is; somebody else writes it down.
//
//   log.warn("Health check failed").field("backend", name).field("failures", 3);
//
// A Log is one thread's.
#pragma once
#include <atomic>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log_ring.h"
#include "base/timestamp.h"

namespace qp {

enum class LogLevel : uint8_t { trace, debug, info, warn, error };
enum class LogFormat : uint8_t { json, text };

std::string_view name_of(LogLevel level);

class Log;

// A line in the making. It leaves at the end of the statement that began it.
class LogLine {
 public:
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine() {
    if (log_ != nullptr) finish();
  }

  LogLine& field(std::string_view key, std::string_view value) {
    if (log_ != nullptr) add_text(key, value);
    return *this;
  }
  LogLine& field(std::string_view key, const char* value) { return field(key, std::string_view(value)); }
  LogLine& field(std::string_view key, double value) {
    if (log_ != nullptr) add_number(key, value);
    return *this;
  }
  LogLine& field(std::string_view key, std::same_as<bool> auto value) {
    if (log_ != nullptr) add_word(key, value ? "true" : "false");
    return *this;
  }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  LogLine& field(std::string_view key, Number value) {
    if (log_ == nullptr) return *this;
    if constexpr (std::signed_integral<Number>) {
      add_number(key, int64_t{value});
    } else {
      add_number(key, uint64_t{value});
    }
    return *this;
  }

 private:
  friend class Log;
  explicit LogLine(Log* log) : log_(log) {}
  void add_text(std::string_view key, std::string_view value);
  void add_word(std::string_view key, std::string_view word);
  void add_number(std::string_view key, double value);
  void add_number(std::string_view key, int64_t value);
  void add_number(std::string_view key, uint64_t value);
  void finish();

  Log* log_;  // null: not wanted
};

class Log {
 public:
  // `level` may be changed by another thread at any time; the line after that obeys.
  Log(LogRing& ring, const std::atomic<LogLevel>& level, LogFormat format)
      : ring_(ring), level_(level), format_(format) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void begin_turn(WallTime now) { now_ = now; }  // the time of the lines to come

  bool is_on(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  LogLine line(LogLevel level, std::string_view message) {
    return LogLine(is_on(level) ? begin(level, message) : nullptr);
  }
  LogLine trace(std::string_view message) { return line(LogLevel::trace, message); }
  LogLine debug(std::string_view message) { return line(LogLevel::debug, message); }
  LogLine info(std::string_view message) { return line(LogLevel::info, message); }
  LogLine warn(std::string_view message) { return line(LogLevel::warn, message); }
  LogLine error(std::string_view message) { return line(LogLevel::error, message); }

 private:
  friend class LogLine;
  Log* begin(LogLevel level, std::string_view message);

  LogRing& ring_;
  const std::atomic<LogLevel>& level_;
  const LogFormat format_;
  WallTime now_{};
  Timestamp timestamp_;
  std::string line_;  // empty while no line is in the making
};

}  // namespace qp
