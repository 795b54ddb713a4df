#include "admin/health_pages.h"

#include <gtest/gtest.h>

#include "support/admin_question.h"

namespace qp::admin {
namespace {

class HealthPagesTest : public testing::Test {
 protected:
  HealthPagesTest() {
    add_health_pages(resources_, {.summary = [this] { return summary_; },
                                  .is_ready = [this] { return is_ready_; },
                                  .now = [] { return WallTime(std::chrono::seconds(1762084800)); }});
  }
  Response ask(std::string_view path) { return test::ask(resources_, path); }

  upstream::HealthSummary summary_{.healthy_backends = 2, .total_backends = 3};
  bool is_ready_ = true;
  Resources resources_;
};

TEST_F(HealthPagesTest, TellHowManyBackendsAreWell) {
  EXPECT_EQ(ask("/health").status, 200);
  EXPECT_EQ(ask("/health").body,
            "{\"status\":\"degraded\",\"healthy_backends\":2,\"total_backends\":3,"
            "\"timestamp\":\"2025-11-02T12:00:00Z\"}\n");

  summary_.healthy_backends = 0;

  EXPECT_EQ(ask("/health").status, 503);
}

TEST_F(HealthPagesTest, AreReadyUntilTheProxyDrains) {
  EXPECT_EQ(ask("/readyz").status, 200);

  is_ready_ = false;

  EXPECT_EQ(ask("/readyz").status, 503);
  EXPECT_EQ(ask("/healthz").status, 200);
}

}  // namespace
}  // namespace qp::admin
