#include "admin/drill_run.h"

#include <gmock/gmock.h>

#include "admin/drill_world.h"

namespace qp::admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using DrillRunTest = DrillWorld;

constexpr std::string_view kQuick =
    "{name: quick, fault: {backend: backend2, lasts: 5s}, before: {lasts: 2s}, after: {lasts: 2s}}";

TEST_F(DrillRunTest, PassesWhenNobodyNotices) {
  ASSERT_EQ(start_failover().status, 202);

  EXPECT_EQ(run_to_the_end(), "passed");

  EXPECT_THAT(driver_.orders, ElementsAre("kill backend1", "start backend1"));
  EXPECT_FALSE(load_.now.is_running);
  EXPECT_THAT(run().verdict, HasSubstr("None of "));
  EXPECT_THAT(run().verdict, HasSubstr("The others took over from backend1 within 4."));
  EXPECT_THAT(run().verdict, HasSubstr("It was back in rotation 2."));
  const std::string told = ask("GET", "/api/drills/run", "?id=1").body;
  EXPECT_THAT(told, Not(HasSubstr("\"state\":\"waiting\"")));
  EXPECT_THAT(told, Not(HasSubstr("\"state\":\"broken\"")));
  EXPECT_THAT(told, HasSubstr("\"message\":\"Drill passed\""));
}

TEST_F(DrillRunTest, FollowsTheHealthChecksOfTheBackend) {
  check_ = {.enabled = true};
  found_out_after_ = 30s;
  found_well_after_ = 20s;
  install({"backend1", "backend2"});
  start_failover();

  run_for(10s + 59s);
  EXPECT_EQ(driver_.dead.size(), 1u);
  run_for(2s);
  EXPECT_THAT(driver_.dead, IsEmpty());

  EXPECT_EQ(run_to_the_end(), "passed");
}

TEST_F(DrillRunTest, BreaksNothingWhereTheSteadyStateDoesNotHold) {
  driver_.dead.insert("backend3");
  run_for(5s);
  start_failover();

  EXPECT_EQ(run_to_the_end(), "failed");

  EXPECT_THAT(driver_.orders, IsEmpty());
  EXPECT_EQ(run().verdict, "2 of 3 backends took requests before the fault, not 3.");
  EXPECT_THAT(ask("GET", "/api/drills/run", "?id=1").body, HasSubstr("\"state\":\"skipped\""));
}

TEST_F(DrillRunTest, BreaksNothingWhereNoRequestIsAnswered) {
  is_traffic_silent_ = true;
  start_failover();

  EXPECT_EQ(run_to_the_end(), "failed");

  EXPECT_THAT(driver_.orders, IsEmpty());
  EXPECT_EQ(run().verdict, "No request was answered before the fault.");
}

TEST_F(DrillRunTest, FailsByOneRequestMoreThanIsAllowed) {
  for (const auto& [failed, state] : {std::pair{3u, "passed"}, {4u, "failed"}}) {
    start("{name: x, failed_requests_max: 3, before: {lasts: 2s}, after: {lasts: 2s}}");
    run_for(4s);
    load_.now.failed += failed;
    load_.now.sent += failed;
    run_for(60s);

    EXPECT_EQ(run(failed - 2).state, state);
  }
  EXPECT_THAT(run(2).verdict, HasSubstr("4 of "));
}

TEST_F(DrillRunTest, FailsWhenTheOthersDoNotTakeOverInTime) {
  found_out_after_ = 1h;
  start_failover();

  EXPECT_EQ(run_to_the_end(), "failed");

  EXPECT_EQ(run().verdict, "The others had not taken over from backend1 after 14s.");
  EXPECT_THAT(driver_.dead, IsEmpty());
}

TEST_F(DrillRunTest, FailsWhenTheBackendDoesNotComeBackInTime) {
  found_well_after_ = 1h;
  start_failover();

  EXPECT_EQ(run_to_the_end(), "failed");

  EXPECT_EQ(run().verdict, "After 13s backend1 was not back in rotation.");
}

TEST_F(DrillRunTest, FailsWhenAnswersAreSlow) {
  figures_.latency.p99_ms = 501;
  start("{name: x, before: {lasts: 2s, p99_max: 500ms}}");

  EXPECT_EQ(run_to_the_end(), "failed");
  EXPECT_EQ(run().verdict, "Latency at p99 was 501 ms, above 500ms.");
  EXPECT_THAT(driver_.orders, IsEmpty());
}

TEST_F(DrillRunTest, NoticesASlowMomentOfTheFault) {
  start("{name: x, during: {p99_max: 500ms}, before: {lasts: 2s}, after: {lasts: 2s}}");
  run_for(4s);
  figures_.latency.p99_ms = 501;
  run_for(1100ms);
  figures_.latency.p99_ms = 1;

  EXPECT_EQ(run_to_the_end(), "failed");
  EXPECT_EQ(run().verdict, "Latency at p99 was 501 ms, above 500ms.");
}

TEST_F(DrillRunTest, UndoesTheFaultAtOnceWhenOneRequestTooManyFails) {
  start(kQuick);
  run_for(3s);
  ASSERT_THAT(driver_.orders, ElementsAre("kill backend2"));
  load_.now.failed += 100;
  run_for(100ms);
  EXPECT_THAT(driver_.orders, ElementsAre("kill backend2"));

  load_.now.failed += 1;
  run_for(100ms);

  EXPECT_FALSE(load_.now.is_running);
  EXPECT_THAT(driver_.orders, ElementsAre("kill backend2", "start backend2"));
  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_THAT(run().verdict, testing::StartsWith("101 requests failed, and more than 100 break it off"));
}

TEST_F(DrillRunTest, IsBrokenOffWhenTooFewOfTheLastRequestsSucceed) {
  start("{name: x, before: {lasts: 2s}, abort: {failed_requests_above: 1000000}}");
  run_for(4s);

  is_traffic_failing_ = true;

  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_THAT(run().verdict, HasSubstr("less than 50 % break it off"));
  EXPECT_THAT(driver_.dead, IsEmpty());
}

TEST_F(DrillRunTest, MendsBeforeItIsOverWhenAnOperatorStopsIt) {
  driver_.hold = "start";
  start(kQuick);
  run_for(4s);

  EXPECT_EQ(ask("POST", "/api/drills/stop").status, 202);
  run_for(5s);
  EXPECT_EQ(run().state, "running");
  driver_.answer();

  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_EQ(run().verdict, "It was stopped by 127.0.0.1.");
}

TEST_F(DrillRunTest, WaitsForTheFaultBeforeItMends) {
  driver_.hold = "kill";
  start(kQuick);
  run_for(4s);
  ask("POST", "/api/drills/stop");
  run_for(1s);
  EXPECT_THAT(driver_.orders, ElementsAre("kill backend2"));

  driver_.answer();
  run_for(1s);

  EXPECT_THAT(driver_.orders, ElementsAre("kill backend2", "start backend2"));
  EXPECT_EQ(run_to_the_end(), "aborted");
}

TEST_F(DrillRunTest, WaitsForAnOrderNoLongerThanItsPatience) {
  driver_.hold = "kill";
  start(kQuick);

  EXPECT_EQ(run_to_the_end(), "aborted");

  EXPECT_THAT(run().verdict, HasSubstr("The driver took too long to crash backend2"));
  EXPECT_THAT(run().verdict, HasSubstr("was still pending for backend2 after 1m"));
}

TEST_F(DrillRunTest, IsBrokenOffWhenSomebodyElseChangesItsLoad) {
  start(kQuick);
  run_for(4s);

  load_.start({.rate = 7});

  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_TRUE(load_.now.is_running);  // it is theirs now
  EXPECT_THAT(driver_.dead, IsEmpty());
}

TEST_F(DrillRunTest, TellsWhatTheDriverSaysWhenItFails) {
  driver_.failures["kill"] = "no such container";
  start(kQuick);

  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_EQ(run().verdict, "The driver could not crash backend2: no such container.");
  EXPECT_THAT(driver_.orders, ElementsAre("kill backend2", "start backend2"));
}

TEST_F(DrillRunTest, FailsWhenItCannotBeMended) {
  driver_.failures["start"] = "no memory";
  found_well_after_ = 1h;
  start(kQuick);

  EXPECT_EQ(run_to_the_end(), "failed");
  EXPECT_THAT(run().verdict, testing::StartsWith("The driver could not start backend2: no memory"));
}

TEST_F(DrillRunTest, IsBrokenOffWhenItsBackendIsNoLongerConfigured) {
  start(kQuick);
  run_for(4s);

  install({"backend1", "backend3"});

  EXPECT_EQ(run_to_the_end(), "aborted");
  EXPECT_EQ(run().verdict, "Its backend backend2 is not configured any more.");
}

TEST_F(DrillRunTest, DrainsAndTakesBack) {
  start("{name: x, fault: {action: drain, backend: backend3, lasts: 5s}, before: {lasts: 2s}}");
  run_for(4s);
  EXPECT_EQ(snapshot_->backends[2]->standing.service(), upstream::Service::draining);

  EXPECT_EQ(run_to_the_end(), "passed") << run().verdict;
  EXPECT_EQ(snapshot_->backends[2]->standing.service(), upstream::Service::running);
  EXPECT_THAT(driver_.orders, IsEmpty());
}

TEST_F(DrillRunTest, Restarts) {
  start("{name: x, fault: {action: restart, backend: backend3}, before: {lasts: 2s}}");

  EXPECT_EQ(run_to_the_end(), "passed") << run().verdict;
  EXPECT_THAT(driver_.orders, ElementsAre("stop backend3", "start backend3"));
}

TEST_F(DrillRunTest, MendsWhenTheProxyEnds) {
  start(kQuick);
  run_for(4s);
  EXPECT_FALSE(drills_.is_mended());

  is_ending_ = true;
  drills_.drain();
  run_for(1s);

  EXPECT_TRUE(drills_.is_mended());
  EXPECT_THAT(driver_.dead, IsEmpty());
  EXPECT_EQ(run_to_the_end(), "aborted");
}

}  // namespace
}  // namespace qp::admin
