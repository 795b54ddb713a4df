// What happened, for people who watch: the last entries, numbered in order. Runs on control.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

namespace qp::admin {

struct ActivityEntry {
  enum class Kind : uint8_t { health, ejection, retry, operation, driver, load, drill, config, proxy };

  uint64_t id = 0;  // grows by one with each entry, from 1
  WallTime time{};
  Kind kind = Kind::proxy;
  LogLevel level = LogLevel::info;
  std::string backend;  // empty: about none
  std::string message;  // one of a fixed set of sentences, as in the log
  std::string detail;   // what varies
};

std::string to_json(const ActivityEntry& entry);
// The line of the log about it. What is found out rather than done has been logged by whoever decided it.
void write_line(Log& log, const ActivityEntry& entry);

class Activity {
 public:
  static constexpr size_t kEntriesMax = 500;

  // `told` is called for each new entry.
  explicit Activity(std::function<void(const ActivityEntry&)> told) : told_(std::move(told)) {}

  // Gives the entry its number.
  void add(ActivityEntry entry);
  // Visits those with a higher id than `after`, oldest first; an id that was never given means all.
  void visit(uint64_t after, const std::function<void(const ActivityEntry&)>& visitor) const;

 private:
  std::function<void(const ActivityEntry&)> told_;
  std::deque<ActivityEntry> entries_;
  uint64_t last_id_ = 0;
};

}  // namespace qp::admin
