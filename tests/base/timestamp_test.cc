#include "base/timestamp.h"

#include <gmock/gmock.h>

namespace qp {
namespace {

WallTime at(int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

TEST(TimestampTest, WritesUtcWithMilliseconds) {
  Timestamp timestamp;

  EXPECT_EQ(timestamp.rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp.rfc3339(at(1'795'411'284'123)), "2026-11-23T05:21:24.123Z");
  EXPECT_EQ(timestamp.rfc3339(at(1'709'210'096'999)), "2024-02-29T12:34:56.999Z");
  EXPECT_EQ(timestamp.rfc3339(at(4'294'967'295'999)), "2106-02-07T06:28:15.999Z");
}

TEST(TimestampTest, WritesOneTimeAlone) {
  EXPECT_EQ(rfc3339(at(1'795'411'284'123)), "2026-11-23T05:21:24.123Z");
}

TEST(TimestampTest, CutsMillisecondsInsteadOfRounding) {
  Timestamp timestamp;

  EXPECT_EQ(timestamp.rfc3339(at(1) + Duration(999'999)), "1970-01-01T00:00:00.001Z");
}

TEST(TimestampTest, FollowsTheClockForwardAndBackward) {
  Timestamp timestamp;

  EXPECT_EQ(timestamp.rfc3339(at(59'999)), "1970-01-01T00:00:59.999Z");
  EXPECT_EQ(timestamp.rfc3339(at(60'000)), "1970-01-01T00:01:00.000Z");
  EXPECT_EQ(timestamp.rfc3339(at(60'007)), "1970-01-01T00:01:00.007Z");
  EXPECT_EQ(timestamp.rfc3339(at(59'000)), "1970-01-01T00:00:59.000Z");
}

TEST(TimestampTest, WritesTheDateOfTheCommonLogFormat) {
  Timestamp timestamp;

  EXPECT_EQ(timestamp.common(at(1'795'411'284'123)), "23/Nov/2026:05:21:24 +0000");
  EXPECT_EQ(timestamp.common(at(971'211'336'000)), "10/Oct/2000:20:55:36 +0000");
  EXPECT_EQ(timestamp.common(at(0)), "01/Jan/1970:00:00:00 +0000");
}

}  // namespace
}  // namespace qp
