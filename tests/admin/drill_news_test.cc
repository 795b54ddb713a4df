#include "admin/drill_news.h"

#include <gtest/gtest.h>

#include "admin/drill_record.h"

namespace qp::admin {
namespace {

TEST(DrillNewsTest, UnderstandsWhatTheApiTells) {
  const DrillRecord record{.id = 7,
                           .name = "mine",
                           .title = "Mine",
                           .state = DrillRecord::State::aborted,
                           .verdict = "It was stopped by \"me\".",
                           .sent = 100,
                           .succeeded = 97,
                           .failed = 3,
                           .timeline = {{.id = 4,
                                         .time = WallTime(std::chrono::seconds(1764000000)),
                                         .backend = "backend1",
                                         .message = "Marked backend as unhealthy",
                                         .detail = "why"}}};

  const auto news = parse_drill_news(to_json(record, DrillDetail::whole));

  ASSERT_TRUE(news.has_value());
  EXPECT_EQ(news->id, 7u);
  EXPECT_EQ(news->title, "Mine");
  EXPECT_EQ(news->state, "aborted");
  EXPECT_EQ(news->verdict, "It was stopped by \"me\".");
  EXPECT_EQ(news->sent, 100u);
  EXPECT_EQ(news->failed, 3u);
  ASSERT_EQ(news->timeline.size(), 1u);
  EXPECT_EQ(news->timeline[0].id, 4u);
  EXPECT_EQ(news->timeline[0].time, "16:00:00");
  EXPECT_EQ(news->timeline[0].text, "backend1: Marked backend as unhealthy: why");
}

TEST(DrillNewsTest, KnowsWhatIsNoRun) {
  for (const char* text : {"", "{", "[]", "{}", "{\"id\":\"x\"}", "<!doctype html>"})
    EXPECT_FALSE(parse_drill_news(text).has_value()) << text;
}

TEST(DrillNewsTest, TellsWhyTheApiRefused) {
  EXPECT_EQ(parse_refusal("{\"error\":\"conflict\",\"message\":\"a load is under way\"}"),
            "a load is under way");
  EXPECT_EQ(parse_refusal("<html>"), "it is no control center");
}

}  // namespace
}  // namespace qp::admin
