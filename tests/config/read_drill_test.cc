#include "config/read_drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reference.h"
#include "config/test_files.h"

namespace qp::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::IsEmpty;

LoadedDrill read_text(std::string text) {
  return read_drill({.name = "test.yaml", .text = std::move(text)});
}

std::vector<std::string> messages(const Complaints& complaints) {
  std::vector<std::string> all;
  for (const Complaint& complaint : complaints)
    all.push_back(complaint.message);
  return all;
}

// tests/config/bad_drills/NAME.yaml is complained about exactly as NAME.expected says. With
// QP_UPDATE_EXPECTED set the files are written instead.
TEST(ReadDrillTest, ComplainsAboutEveryBadFileAsExpected) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(QP_SOURCE_DIR) / "tests/config/bad_drills")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path().filename());
    const Source source{.name = entry.path().filename().string(), .text = slurp(entry.path())};
    const std::string text = to_text(source, read_drill(source).complaints);
    const fs::path expected = fs::path(entry.path()).replace_extension(".expected");
    if (std::getenv("QP_UPDATE_EXPECTED") != nullptr) spit(expected, text);

    EXPECT_NE(text, "");
    EXPECT_EQ(text, slurp(expected));
    ++files;
  }
  EXPECT_GE(files, 10U);
}

TEST(ReadDrillTest, HasDefaultsForAllButTheName) {
  DrillPlan expected;
  expected.name = expected.title = "mine";

  const LoadedDrill drill = read_text("name: mine\n");

  EXPECT_THAT(drill.complaints, IsEmpty());
  EXPECT_EQ(drill.plan, expected);
}

TEST(ReadDrillTest, ReadsJsonToo) {
  const LoadedDrill drill = read_text(
      R"({"name": "mine", "title": "\"Mine\"", "fault": {"action": "drain", "backend": "b", "lasts": "7s"},)"
      R"( "load": {"rate": 5, "path": "/a?b=c"}, "failed_requests_max": 3})");

  EXPECT_THAT(messages(drill.complaints), IsEmpty());
  EXPECT_EQ(drill.plan.title, "\"Mine\"");
  EXPECT_EQ(drill.plan.fault, (DrillFault{DrillAction::drain, "b", 7s}));
  EXPECT_EQ(drill.plan.load, (DrillLoad{5, "/a?b=c"}));
  EXPECT_EQ(drill.plan.failed_requests_max, 3U);
}

TEST(ReadDrillTest, ReadsSixtyFourKibibytesAndNotOneByteMore) {
  const std::string start = "name: x\n#";

  EXPECT_THAT(read_text(start + std::string(kDrillBytesMax - start.size(), 'x')).complaints, IsEmpty());
  EXPECT_THAT(messages(read_text(start + std::string(kDrillBytesMax + 1 - start.size(), 'x')).complaints),
              testing::ElementsAre("the drill has 65537 bytes"));
}

TEST(ReadDrillTest, AcceptsAnHourInAllAndNothingBeyondIt) {
  const std::string hour =
      "name: x\nbefore: {lasts: 10m}\nfault: {lasts: 20m}\nafter: {recovered_within: 20m, lasts: 10m}\n";

  EXPECT_THAT(read_text(hour).complaints, IsEmpty());
  EXPECT_THAT(messages(read_text(hour + "during: {shifted_within: 20m1s}\n").complaints),
              testing::ElementsAre("the drill may take 1h1s"));
}

TEST(ReadDrillTest, TakesAPathOfAKibibyteAndNotOneByteMore) {
  const auto with_path = [](size_t bytes) {
    return read_text("name: x\nload: {path: /" + std::string(bytes - 1, 'p') + "}\n").complaints;
  };

  EXPECT_THAT(with_path(1024), IsEmpty());
  EXPECT_THAT(messages(with_path(1025)), testing::ElementsAre("this is 1025 bytes long"));
}

TEST(ReadDrillTest, KnowsTheFailoverScenario) {
  const LoadedDrill drill = read_text(std::string(failover_drill()));

  EXPECT_THAT(messages(drill.complaints), IsEmpty());
  EXPECT_EQ(drill.plan.name, "failover");
  EXPECT_EQ(drill.plan.load.rate, 50U);
  EXPECT_EQ(drill.plan.fault, (DrillFault{DrillAction::crash, "first", kAuto}));
  EXPECT_EQ(drill.plan.failed_requests_max, 0U);
  EXPECT_EQ(slurp(fs::path(QP_SOURCE_DIR) / "drills/failover.yaml"), failover_drill());
}

TEST(ReadDrillTest, ReadsTheExampleOfTheDocuments) {
  const std::string page = slurp(fs::path(QP_SOURCE_DIR) / "docs" / "drills.md");
  const std::string start = "```yaml\n";
  const size_t from = page.find(start) + start.size();

  const LoadedDrill drill = read_text(page.substr(from, page.find("```", from) - from));

  EXPECT_THAT(messages(drill.complaints), IsEmpty());
  EXPECT_EQ(drill.plan.name, "drain-one");
}

TEST(ReadDrillTest, ComplainsAboutFilesAtTheirNames) {
  const fs::path folder = fs::path(testing::TempDir());
  spit(folder / "good.yaml", "name: good\n");
  spit(folder / "bad.yaml", "name: bad\nfault: {action: explode}\n");
  Config config;
  config.control.drills = {(folder / "good.yaml").string(), (folder / "bad.yaml").string(),
                           (folder / "none.yaml").string(), (folder / "good.yaml").string()};
  Reading reading;
  reading.marks.set("control.drills[1]", {.line = 4, .column = 7});

  read_drill_files(config, reading);

  ASSERT_EQ(config.control.drill_plans.size(), 1U);
  EXPECT_EQ(config.control.drill_plans[0].name, "good");
  ASSERT_EQ(reading.complaints.size(), 3U);
  EXPECT_EQ(reading.complaints[0].mark, (Mark{.line = 4, .column = 7}));
  EXPECT_EQ(reading.complaints[0].message,
            (folder / "bad.yaml").string() +
                ":2:17: \"explode\" is not a choice here; expected crash, stop, "
                "drain or restart");
  EXPECT_THAT(reading.complaints[1].message, testing::StartsWith("cannot read"));
  EXPECT_EQ(reading.complaints[2].message, "drill \"good\" is given twice");
}

// The end of docs/drills.md is made from the schema.
TEST(ReadDrillTest, ReferenceIsCurrent) {
  const fs::path page = fs::path(QP_SOURCE_DIR) / "docs" / "drills.md";
  const std::string text = slurp(page);
  const std::string written = text.substr(0, text.find(drill_reference().substr(0, 12)));
  if (std::getenv("QP_UPDATE_EXPECTED") != nullptr) spit(page, written + drill_reference());

  EXPECT_EQ(slurp(page), written + drill_reference());
}

}  // namespace
}  // namespace qp::config
