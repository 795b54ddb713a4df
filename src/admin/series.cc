#include "admin/series.h"

#include <algorithm>

#include "base/json.h"

namespace qp::admin {

void Series::add(WallTime time, const std::vector<ChartPoint>& points) {
  const bool is_full = times_.size() == kTimesMax;
  if (is_full) times_.pop_front();
  times_.push_back(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  for (Line& one : lines_) {
    if (is_full) one.values.pop_front();
    one.values.emplace_back();
  }
  // A line of which nothing is known any more makes room for another.
  std::erase_if(lines_, [](const Line& one) {
    return std::ranges::none_of(one.values, [](const auto& value) { return value.has_value(); });
  });
  for (const ChartPoint& point : points) {
    if (Line* found = line(point)) found->values.back() = point.value;
  }
}

Series::Line* Series::line(const ChartPoint& point) {
  const auto found = std::ranges::find_if(
      lines_, [&](const Line& one) { return one.panel == point.panel && one.label == point.label; });
  if (found != lines_.end()) return &*found;
  if (lines_.size() == kSeriesMax) return nullptr;
  lines_.push_back({point.panel, point.label, std::deque<std::optional<double>>(times_.size())});
  return &lines_.back();
}

std::string Series::to_json(size_t last) const {
  const size_t first = times_.size() - std::min(last, times_.size());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("step_seconds", kStep.count());
  json.key("times");
  json.begin_array();
  for (size_t i = first; i < times_.size(); ++i)
    json.value(times_[i]);
  json.end_array();
  json.key("series");
  json.begin_array();
  for (const Line& one : lines_) {
    json.begin_object();
    json.field("panel", one.panel);
    json.field("label", one.label);
    json.key("values");
    json.begin_array();
    for (size_t i = first; i < one.values.size(); ++i) {
      json.value(one.values[i]);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace qp::admin
