// What came of a drill so far, as values: what the API tells, and what the report is made of.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/activity.h"
#include "base/clock.h"

namespace qp::admin {

//   before ─► breaking ─► during ─► mending ─► recovering ─► after ─► settling ─► over
//      └──────────┴──────────┴─────────┴─ broken off, or not steady ─────►┘
enum class DrillPhase : uint8_t { before, breaking, during, mending, recovering, after, settling, over };

struct DrillStep {
  enum class State : uint8_t { waiting, done, failed, skipped };
  DrillPhase phase = DrillPhase::before;
  double at_seconds = 0;  // when it begins: as planned, then as it was
  std::string text;
  State state = State::waiting;
};

// Something that has to hold.
struct DrillCheck {
  enum class Subject : uint8_t {
    healthy_backends,
    success,
    p99_before,
    shift,
    p99_during,
    recovery,
    p99_after,
    failed_requests
  };
  enum class State : uint8_t { waiting, holds, broken };
  Subject subject = Subject::success;
  std::string text;
  State state = State::waiting;
};

// One second of it.
struct DrillSample {
  double at_seconds = 0;
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  std::optional<double> p95_ms;
  std::vector<uint64_t> requests;  // by backend, in the order of DrillRecord::backends
};

struct DrillRecord {
  static constexpr size_t kSamplesMax = 3600;
  static constexpr size_t kTimelineMax = 500;
  static constexpr size_t kBackendsMax = 64;  // whose requests are counted

  enum class State : uint8_t { running, passed, failed, aborted };

  uint64_t id = 0;
  std::string name;
  std::string title;
  State state = State::running;
  std::string verdict;  // a sentence or two; empty while it runs
  WallTime started{};
  std::optional<WallTime> ended;
  double duration_seconds = 0;  // at most
  uint64_t sent = 0;            // requests of its load
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  std::vector<DrillStep> steps;
  std::vector<DrillCheck> checks;
  std::vector<std::string> backends;
  std::vector<DrillSample> samples;
  std::vector<ActivityEntry> timeline;
};

std::string_view name_of(DrillStep::State state);
std::string_view name_of(DrillCheck::State state);
std::string_view name_of(DrillRecord::State state);

// The DrillRun of docs/openapi.yaml: everything; without samples and timeline; or as it goes on, with the
// newest sample alone.
enum class DrillDetail : uint8_t { whole, summary, news };
std::string to_json(const DrillRecord& record, DrillDetail detail);

}  // namespace qp::admin
