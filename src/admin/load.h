// Traffic that the proxy makes for itself, to be watched: so many requests a second for so long.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace qp::admin {

struct LoadPlan {
  static constexpr uint32_t kRateMax = 1000;  // requests a second
  static constexpr uint32_t kSecondsMax = 3600;
  static constexpr size_t kPathBytesMax = 1024;

  uint32_t rate = 50;
  std::chrono::seconds duration{600};
  std::string path = "/";
  bool operator==(const LoadPlan&) const = default;
};

// Of the load under way or, if there is none, of the last one.
struct LoadFigures {
  bool is_running = false;
  LoadPlan plan;
  std::optional<WallTime> started;
  std::optional<WallTime> ends;
  uint64_t sent = 0;
  uint64_t succeeded = 0;  // answered with a status below 500
  uint64_t failed = 0;     // answered with 5xx, cut off, or not answered in time
};

class Load {
 public:
  // Changes the plan of a load under way; its counts go on then.
  virtual void start(const LoadPlan& plan) = 0;
  virtual void stop() = 0;
  virtual LoadFigures figures() const = 0;

 protected:
  ~Load() = default;
};

}  // namespace qp::admin
