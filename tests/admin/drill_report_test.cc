#include "admin/drill_report.h"

#include <gmock/gmock.h>

namespace qp::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

DrillRecord sample() {
  return {.id = 1,
          .name = "mine",
          .title = "Mine",
          .state = DrillRecord::State::failed,
          .verdict = "3 of 100 requests failed.",
          .started = WallTime(std::chrono::seconds(1764000000)),
          .ended = WallTime(std::chrono::seconds(1764000061)),
          .duration_seconds = 90,
          .sent = 100,
          .succeeded = 97,
          .failed = 3,
          .steps = {{.phase = DrillPhase::before,
                     .at_seconds = 61.5,
                     .text = "Watch",
                     .state = DrillStep::State::done}},
          .checks = {{.text = "No request fails", .state = DrillCheck::State::broken}},
          .backends = {"backend1"},
          .samples = {{.at_seconds = 1, .succeeded = 47, .failed = 3, .p95_ms = {}, .requests = {50}}},
          .timeline = {}};
}

TEST(DrillReportTest, TellsTheVerdictAndTheNumberOfFailedRequests) {
  const std::string page = drill_report(sample());

  EXPECT_THAT(
      page,
      HasSubstr("<h1>Mine: <span class=\"failed\">failed</span></h1>\n<p>3 of 100 requests failed.</p>"));
  EXPECT_THAT(page, HasSubstr("<tr><th>Failed</th><td>3</td></tr>"));
  EXPECT_THAT(page, HasSubstr("<td>No request fails</td><td class=\"broken\">broken</td>"));
  EXPECT_THAT(page, HasSubstr("<time>1:01</time></td><td>Watch</td>"));
  EXPECT_THAT(page, HasSubstr("<rect class=\"failures\""));
  EXPECT_THAT(page, testing::EndsWith("</html>\n"));
}

TEST(DrillReportTest, EscapesEveryText) {
  const std::string evil = "</style><script>alert(\"1\" & '2')</script>";
  DrillRecord record = sample();
  record.name = record.title = record.verdict = evil;
  record.steps[0].text = record.checks[0].text = record.backends[0] = evil;
  record.timeline = {{.backend = evil, .message = evil, .detail = evil}};

  const std::string page = drill_report(record);

  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"));
  EXPECT_EQ(page.find("</style>"), page.rfind("</style>"));
}

TEST(DrillReportTest, NeedsNoSamples) {
  DrillRecord record = sample();
  record.samples.clear();

  EXPECT_THAT(drill_report(record), Not(HasSubstr("<svg")));
}

}  // namespace
}  // namespace qp::admin
