// A run of a drill as the control API tells of it, for whoever follows it from another process.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qp::admin {

struct DrillNews {
  struct Line {
    uint64_t id = 0;   // grows
    std::string time;  // "12:00:05"
    std::string text;
  };

  uint64_t id = 0;
  std::string title;
  std::string state;  // "running", "passed", "failed" or "aborted"
  std::string verdict;
  uint64_t sent = 0;
  uint64_t failed = 0;
  std::vector<Line> timeline;
};

// None: this is no run.
std::optional<DrillNews> parse_drill_news(std::string_view json);

// The sentence of an error that the API answered with; or, where it is none, what it is.
std::string parse_refusal(std::string_view json);

}  // namespace qp::admin
