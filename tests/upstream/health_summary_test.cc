#include "upstream/health_summary.h"

#include <gtest/gtest.h>

namespace qp::upstream {
namespace {

constexpr WallTime kNoon{std::chrono::seconds(1762084800) + std::chrono::milliseconds(789)};

TEST(HealthSummary, SaysHowManyBackendsAreWell) {
  EXPECT_EQ((HealthSummary{.healthy_backends = 2, .total_backends = 3}.to_json(kNoon)),
            "{\"status\":\"degraded\",\"healthy_backends\":2,\"total_backends\":3,"
            "\"timestamp\":\"2025-11-02T12:00:00Z\"}\n");
}

TEST(HealthSummary, IsHealthyWithAllDegradedWithSomeAndUnhealthyWithNone) {
  EXPECT_EQ((HealthSummary{.healthy_backends = 3, .total_backends = 3}.status()), "healthy");
  EXPECT_EQ((HealthSummary{.healthy_backends = 1, .total_backends = 3}.status()), "degraded");
  EXPECT_EQ((HealthSummary{.healthy_backends = 0, .total_backends = 3}.status()), "unhealthy");
}

TEST(HealthSummary, IsAFailureOnlyWhenNobodyIsLeft) {
  EXPECT_EQ((HealthSummary{.healthy_backends = 1, .total_backends = 3}.http_status()), 200);
  EXPECT_EQ((HealthSummary{.healthy_backends = 0, .total_backends = 3}.http_status()), 503);
}

}  // namespace
}  // namespace qp::upstream
