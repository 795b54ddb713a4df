#include "http/date.h"

#include <gtest/gtest.h>

#include <string>

namespace qp::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DateTest, IsWrittenAsRfc9110Says) {
  Date date;

  EXPECT_EQ(date.text(WallTime(seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.text(WallTime(seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(date.text(WallTime(seconds(1709251199))), "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(DateTest, ChangesWithTheSecondAndNotWithinIt) {
  Date date;
  const std::string first(date.text(WallTime(milliseconds(1000))));

  EXPECT_EQ(date.text(WallTime(milliseconds(1999))), first);
  EXPECT_EQ(date.text(WallTime(milliseconds(2000))), "Thu, 01 Jan 1970 00:00:02 GMT");
}

}  // namespace
}  // namespace qp::http
