// Says in the log which backends' names can't be resolved: at once, then now and then while it lasts, and
// when it is over. A name is asked for every few seconds, and one that nobody knows must not fill the log.
// Control's.
#pragma once
#include <cstdint>
#include <map>

#include "base/clock.h"
#include "base/log.h"
#include "upstream/backend.h"

namespace qp::server {

class NameWatch {
 public:
  static constexpr Duration kReminder = std::chrono::minutes(1);  // between two lines about one backend

  // Both outlive it.
  NameWatch(const Turn& turn, Log& log) : turn_(turn), log_(log) {}

  // `reason` is static text.
  void handle_failure(const upstream::Backend& backend, const char* reason);
  void handle_success(const upstream::Backend& backend);
  // Nobody asks for its name any more.
  void forget(const upstream::Backend& backend) { troubles_.erase(&backend); }

 private:
  struct Trouble {
    uint64_t failures = 0;  // in a row
    TimePoint remind_at{};
  };

  const Turn& turn_;
  Log& log_;
  std::map<const upstream::Backend*, Trouble> troubles_;  // of the watched ones whose name failed last
};

}  // namespace qp::server
