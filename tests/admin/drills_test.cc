#include "admin/drills.h"

#include <gmock/gmock.h>

#include "admin/drill_world.h"

namespace qp::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

using DrillsTest = DrillWorld;

TEST_F(DrillsTest, OffersItsOwnDrillAndThoseOfFiles) {
  config::DrillPlan mine{.name = "mine", .title = "Mine", .description = "What it is"};
  mine.fault.lasts = 20s;
  install({"backend1"}, {mine});

  const std::string drills = ask("GET", "/api/drills").body;

  EXPECT_THAT(drills, HasSubstr("{\"drills\":[{\"name\":\"failover\",\"title\":\"Failover\","));
  EXPECT_THAT(drills, HasSubstr("{\"name\":\"mine\",\"title\":\"Mine\",\"description\":\"What it is\","
                                "\"duration_seconds\":64}],\"runs\":[]}"));
}

TEST_F(DrillsTest, LetsAFileTakeThePlaceOfItsOwnDrill) {
  install({"backend1"}, {{.name = "failover", .title = "Another"}});

  EXPECT_THAT(ask("GET", "/api/drills").body, Not(HasSubstr("\"title\":\"Failover\"")));
}

TEST_F(DrillsTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(ask("POST", "/api/drills/start", "?name=none").status, 404);
  EXPECT_EQ(ask("POST", "/api/drills/start").status, 400);
  EXPECT_EQ(ask("POST", "/api/drills/stop").status, 409);
  EXPECT_EQ(ask("GET", "/api/drills/run", "?id=1").status, 404);
  EXPECT_EQ(ask("GET", "/api/drills/run", "?id=x").status, 400);
  EXPECT_EQ(ask("GET", "/api/drills/report", "?id=0").status, 400);
  EXPECT_EQ(start("{name: x, fault: {backend: nobody}}").status, 409);
}

TEST_F(DrillsTest, NamesTheMistakesOfADrillThatWasSent) {
  const Response response = start("name: x\nfault: {action: explode}\nlod: 1\n");

  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("line 2, column 17: "));
  EXPECT_THAT(response.body, HasSubstr("line 3, column 1: unknown key"));
}

TEST_F(DrillsTest, NamesNoMoreThanTenMistakes) {
  std::string body = "name: x\n";
  for (char key = 'a'; key <= 'k'; ++key)
    body += std::string("key_") + key + ": 1\n";

  const std::string told = start(body).body;

  EXPECT_THAT(told, HasSubstr("line 11,"));
  EXPECT_THAT(told, Not(HasSubstr("line 12,")));
}

TEST_F(DrillsTest, RunsOneAtATime) {
  ASSERT_EQ(start_failover().status, 202);

  EXPECT_EQ(start_failover().status, 409);

  run_to_the_end();
  EXPECT_EQ(start_failover().status, 202);
}

TEST_F(DrillsTest, RunsNoneBesideALoadOfSomebodyElse) {
  load_.start({});

  EXPECT_EQ(start_failover().status, 409);
  EXPECT_TRUE(load_.now.is_running);
}

TEST_F(DrillsTest, RunsNoneWhileTheProxyEnds) {
  is_ending_ = true;

  EXPECT_EQ(start_failover().status, 503);
}

TEST_F(DrillsTest, RunsNoneThatTakesMoreThanAnHour) {
  check_.interval = 10min;
  install({"backend1", "backend2"});

  EXPECT_EQ(start_failover().status, 409);
}

TEST_F(DrillsTest, BreaksAHealthyBackendAtRandom) {
  driver_.dead.insert("backend1");
  driver_.dead.insert("backend3");
  run_for(5s);

  start("{name: x, before: {lasts: 1s, healthy_backends: 1}, fault: {backend: random}}");
  run_for(2s);

  EXPECT_EQ(driver_.orders.front(), "kill backend2");
}

TEST_F(DrillsTest, NeedsAHealthyBackendToChooseFrom) {
  driver_.dead = {"backend1", "backend2", "backend3"};
  run_for(5s);

  EXPECT_EQ(start("{name: x, fault: {backend: random}}").status, 409);
}

TEST_F(DrillsTest, KeepsTwentyRunsAndNotOneMore) {
  is_traffic_silent_ = true;
  for (size_t i = 0; i <= Drills::kRunsMax; ++i) {
    ASSERT_EQ(start("{name: x, before: {lasts: 1s}}").status, 202);
    run_for(2s);
  }

  EXPECT_EQ(ask("GET", "/api/drills/run", "?id=1").status, 404);
  EXPECT_EQ(run(2).id, 2u);
  EXPECT_EQ(run(21).id, 21u);
}

TEST_F(DrillsTest, KeepsTheNewestEntriesOfALongTimeline) {
  start_failover();
  for (size_t i = 0; i < DrillRecord::kTimelineMax; ++i)
    activity_.add({.message = std::to_string(i)});

  const DrillNews news = run();

  EXPECT_EQ(news.timeline.size(), DrillRecord::kTimelineMax);
  EXPECT_EQ(news.timeline.front().text, "0");
  EXPECT_EQ(news.timeline.back().text, "499");
}

TEST_F(DrillsTest, TellsThoseWhoListenOfTheNewestSecond) {
  EXPECT_EQ(drills_.event(), "");
  start_failover();
  run_for(3s);

  const std::string event = drills_.event();

  EXPECT_THAT(event, testing::StartsWith("event: drill\ndata: {\"id\":1,"));
  EXPECT_THAT(event, HasSubstr("\"samples\":[{\"at_seconds\":2.1,\"succeeded\":50,\"failed\":0,\"p95_ms\":2,"
                               "\"backends\":{\"backend1\":25,\"backend2\":25,\"backend3\":25}}],"
                               "\"timeline\":[]}"));
}

TEST_F(DrillsTest, ReportsOnAPageThatNothingRunsIn) {
  start_failover();
  run_for(3s);

  const Response report = ask("GET", "/api/drills/report", "?id=1");

  EXPECT_EQ(report.type, "text/html; charset=utf-8");
  EXPECT_THAT(report.body, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(std::string(report.fields.find("content-security-policy").value_or("")),
              HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace qp::admin
