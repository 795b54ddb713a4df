#include "config/reference.h"

#include <gtest/gtest.h>

#include "config/test_files.h"

namespace qp::config {
namespace {

// With QP_UPDATE_EXPECTED set the page is written instead.
TEST(ReferenceTest, PageIsCurrent) {
  const std::filesystem::path page = std::filesystem::path(QP_SOURCE_DIR) / "docs" / "configuration.md";
  if (std::getenv("QP_UPDATE_EXPECTED") != nullptr) spit(page, reference());

  EXPECT_EQ(slurp(page), reference());
}

}  // namespace
}  // namespace qp::config
