#include "observe/metrics_reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "observe/metrics_catalog.h"

namespace qp::observe {
namespace {

const std::filesystem::path kPage =
    std::filesystem::path(QP_SOURCE_DIR) / "monitoring" / "grafana" / "dashboards" / "METRICS_AVAILABLE.md";

// With QP_UPDATE_EXPECTED set the page is written instead.
TEST(MetricsReferenceTest, PageIsCurrent) {
  if (std::getenv("QP_UPDATE_EXPECTED") != nullptr) std::ofstream(kPage) << metrics_reference();

  std::ifstream file(kPage);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, metrics_reference());
}

TEST(MetricsCatalogTest, NamesFollowTheConventions) {
  for (const Metric& metric : kMetrics) {
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::counter) << metric.name;
    EXPECT_EQ(metric.bounds.empty(), metric.type != MetricType::histogram) << metric.name;
    EXPECT_TRUE(std::ranges::is_sorted(metric.bounds)) << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
    EXPECT_EQ(metric.help.find_first_of("\\\n|"), std::string_view::npos)
        << "would need escaping: " << metric.name;
    const bool is_measured =
        metric.name.find("_seconds") != metric.name.npos || metric.name.find("_bytes") != metric.name.npos;
    EXPECT_EQ(metric.unit != Unit::none, is_measured) << metric.name;
  }
}

TEST(MetricsCatalogTest, NoTwoMetricsHaveOneName) {
  for (const Metric& one : kMetrics) {
    EXPECT_EQ(std::ranges::count(kMetrics, one.name, &Metric::name), 1) << one.name;
  }
}

}  // namespace
}  // namespace qp::observe
