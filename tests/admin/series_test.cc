#include "admin/series.h"

#include <gtest/gtest.h>

namespace qp::admin {
namespace {

using std::chrono::seconds;

constexpr WallTime at(int step) {
  return WallTime(seconds(1000) + step * Series::kStep);
}

TEST(Series, GivesEveryLineAValueForEveryTime) {
  Series series;
  series.add(at(0), {{"latency_ms", "p50", 1.5}});
  series.add(at(1), {{"latency_ms", "p50", 2.5}, {"request_rate", "GET b1", 7}});
  series.add(at(2), {{"request_rate", "GET b1", 8}});

  EXPECT_EQ(series.to_json(),
            "{\"step_seconds\":5,\"times\":[1000,1005,1010],\"series\":["
            "{\"panel\":\"latency_ms\",\"label\":\"p50\",\"values\":[1.5,2.5,null]},"
            "{\"panel\":\"request_rate\",\"label\":\"GET b1\",\"values\":[null,7,8]}]}");
  EXPECT_EQ(series.newest_json(),
            "{\"step_seconds\":5,\"times\":[1010],\"series\":["
            "{\"panel\":\"latency_ms\",\"label\":\"p50\",\"values\":[null]},"
            "{\"panel\":\"request_rate\",\"label\":\"GET b1\",\"values\":[8]}]}");
}

TEST(Series, KeepsAQuarterOfAnHour) {
  Series series;
  series.add(at(0), {{"latency_ms", "gone", 1}});
  for (int i = 1; i <= 180; ++i)
    series.add(at(i), {{"latency_ms", "p50", 1}});

  const std::string text = series.to_json();
  EXPECT_TRUE(text.starts_with("{\"step_seconds\":5,\"times\":[1005,"));
  EXPECT_FALSE(text.contains("gone"));
}

TEST(Series, LeavesOutOneLineTooMany) {
  Series series;
  std::vector<ChartPoint> points;
  for (size_t i = 0; i <= Series::kSeriesMax; ++i)
    points.push_back({"request_rate", "line" + std::to_string(i), 1});

  series.add(at(0), points);

  EXPECT_TRUE(series.to_json().contains("line127"));
  EXPECT_FALSE(series.to_json().contains("line128"));
}

}  // namespace
}  // namespace qp::admin
