// A failover drill as its file describes it: what is broken on purpose, and what has to hold meanwhile. The
// key of a value in the file is the name of the member here; schema_drill.cc holds the sentence about each.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "config/minimum.h"

namespace qp::config {

/// The value of a duration that the file calls `auto`: it follows from the backend's health check.
inline constexpr Duration kAuto{-1};

struct DrillLoad {
  std::uint32_t rate = 50;  // requests a second
  std::string path = "/";
  bool operator==(const DrillLoad&) const = default;
};

enum class DrillAction { stop, crash, drain, restart };

struct DrillFault {
  static constexpr std::string_view kFirst = "first";
  static constexpr std::string_view kRandom = "random";

  DrillAction action = DrillAction::crash;
  std::string backend{kRandom};  // a name, or one of these words
  Duration lasts = kAuto;        // until it is undone
  bool operator==(const DrillFault&) const = default;
};

/// The steady state. Nothing is broken where it does not hold.
struct DrillBefore {
  Duration lasts = std::chrono::seconds(10);
  Minimum healthy_backends{.value = 100, .is_percent = true};
  std::uint32_t success_percent = 100;
  Duration p99_max = Duration::zero();  // off
  bool operator==(const DrillBefore&) const = default;
};

struct DrillDuring {
  Duration shifted_within = kAuto;
  Duration p99_max = Duration::zero();  // off
  bool operator==(const DrillDuring&) const = default;
};

struct DrillAfter {
  Duration recovered_within = kAuto;
  Duration lasts = std::chrono::seconds(10);
  Duration p99_max = Duration::zero();  // off
  bool operator==(const DrillAfter&) const = default;
};

/// What breaks the drill off.
struct DrillAbort {
  std::uint32_t failed_requests_above = 100;
  std::uint32_t success_percent_below = 50;  // of the last seconds
  bool operator==(const DrillAbort&) const = default;
};

struct DrillPlan {
  std::string name;
  std::string title;
  std::string description;
  DrillLoad load;
  DrillBefore before;
  DrillFault fault;
  DrillDuring during;
  DrillAfter after;
  std::uint32_t failed_requests_max = 0;  // from its beginning to its end
  DrillAbort abort;
  bool operator==(const DrillPlan&) const = default;
};

}  // namespace qp::config
