// The charts' values of the last 15 minutes: one step every 5 seconds, the same times for all lines. Runs on
// control.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace qp::admin {

struct ChartPoint {
  std::string_view panel;  // static: one of those in docs/openapi.yaml
  std::string label;
  std::optional<double> value;  // none: not known now
};

class Series {
 public:
  static constexpr std::chrono::seconds kStep{5};
  static constexpr size_t kTimesMax = 180;
  static constexpr size_t kSeriesMax = 128;  // what comes beyond is left out

  void add(WallTime time, const std::vector<ChartPoint>& points);

  std::string to_json() const { return to_json(times_.size()); }
  std::string newest_json() const { return to_json(1); }

 private:
  struct Line {
    std::string_view panel;
    std::string label;
    std::deque<std::optional<double>> values;  // as many as there are times
  };

  Line* line(const ChartPoint& point);
  std::string to_json(size_t last) const;

  std::deque<int64_t> times_;  // seconds since 1970, oldest first
  std::vector<Line> lines_;
};

}  // namespace qp::admin
