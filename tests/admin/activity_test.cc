#include "admin/activity.h"

#include <gtest/gtest.h>

#include <vector>

namespace qp::admin {
namespace {

std::vector<uint64_t> ids(const Activity& activity, uint64_t after) {
  std::vector<uint64_t> found;
  activity.visit(after, [&](const ActivityEntry& entry) { found.push_back(entry.id); });
  return found;
}

TEST(Activity, NumbersItsEntriesAndTellsOfEach) {
  std::vector<std::string> told;
  Activity activity([&](const ActivityEntry& entry) { told.push_back(to_json(entry)); });

  activity.add({.time = WallTime(std::chrono::seconds(1762084800)),
                .kind = ActivityEntry::Kind::operation,
                .level = LogLevel::warn,
                .backend = "backend1",
                .message = "Backend stopped",
                .detail = "by 127.0.0.1"});

  EXPECT_EQ(told, (std::vector<std::string>{
                      "{\"id\":1,\"time\":\"2025-11-02T12:00:00.000Z\",\"kind\":\"operator\","
                      "\"level\":\"warn\",\"backend\":\"backend1\",\"message\":\"Backend stopped\","
                      "\"detail\":\"by 127.0.0.1\"}"}));
}

TEST(Activity, KeepsTheLastEntries) {
  Activity activity([](const ActivityEntry&) {});
  for (size_t i = 0; i < Activity::kEntriesMax + 1; ++i)
    activity.add({});

  EXPECT_EQ(ids(activity, 0).size(), Activity::kEntriesMax);
  EXPECT_EQ(ids(activity, 0).front(), 2u);
}

TEST(Activity, GoesOnWhereSomebodyStoppedReading) {
  Activity activity([](const ActivityEntry&) {});
  for (int i = 0; i < 3; ++i)
    activity.add({});

  EXPECT_EQ(ids(activity, 2), std::vector<uint64_t>{3});
  EXPECT_EQ(ids(activity, 3), std::vector<uint64_t>{});
  EXPECT_EQ(ids(activity, 4), (std::vector<uint64_t>{1, 2, 3}));  // of a life before this one
}

}  // namespace
}  // namespace qp::admin
