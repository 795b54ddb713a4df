#include "config/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "config/dump.h"
#include "config/test_files.h"

namespace qp::config {
namespace {

namespace fs = std::filesystem;

const fs::path kTests = fs::path(QP_SOURCE_DIR) / "tests" / "config";
const fs::path kConfigs = fs::path(QP_SOURCE_DIR) / "configs";

Environment test_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    if (name == "QP_TEST_WORDS") return "two words";
    return std::nullopt;
  };
}

Loaded read_text(std::string text) {
  return read({.name = "test.yaml", .text = std::move(text)}, test_environment(), test_now());
}

using ReadTest = ConfigFilesTest;

// tests/config/bad/NAME.yaml is complained about exactly as NAME.expected says. With QP_UPDATE_EXPECTED set
// the files are written instead; read every line of the difference before it is committed.
TEST_F(ReadTest, ComplainsAboutEveryBadFileAsExpected) {
  const bool update = std::getenv("QP_UPDATE_EXPECTED") != nullptr;
  std::size_t files = 0;

  for (const auto& entry : fs::directory_iterator(kTests / "bad")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path().filename());
    const Source source{.name = entry.path().filename().string(), .text = slurp(entry.path())};
    const Loaded loaded = read(source, test_environment(), test_now());
    const std::string text = to_text(source, loaded.complaints);
    const fs::path expected = fs::path(entry.path()).replace_extension(".expected");
    if (update) spit(expected, text);

    EXPECT_FALSE(loaded.complaints.empty());
    EXPECT_EQ(text, slurp(expected));
    ++files;
  }

  EXPECT_GE(files, 60U);
}

TEST_F(ReadTest, HasNoExpectedTextWithoutItsBadFile) {
  for (const auto& entry : fs::directory_iterator(kTests / "bad")) {
    EXPECT_TRUE(fs::exists(fs::path(entry.path()).replace_extension(".yaml"))) << entry.path();
  }
}

TEST_F(ReadTest, AcceptsEveryGoodFile) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(kTests / "good")) {
    const Source source{.name = entry.path().filename().string(), .text = slurp(entry.path())};
    EXPECT_EQ(to_text(source, read(source, test_environment(), test_now()).complaints), "");
    ++files;
  }
  EXPECT_GE(files, 3U);
}

TEST_F(ReadTest, AcceptsTheDumpOfEveryGoodFile) {
  for (const auto& entry : fs::directory_iterator(kTests / "good")) {
    SCOPED_TRACE(entry.path().filename());
    const Source source{.name = entry.path().filename().string(), .text = slurp(entry.path())};
    const Source again{
        .name = "dump",
        .text = dump(read(source, test_environment(), test_now()).config, YamlWriter::Secrets::shown)};

    EXPECT_EQ(to_text(again, read(again, test_environment(), test_now()).complaints), "");
  }
}

TEST_F(ReadTest, AcceptsTheConfigurationsThatAreShipped) {
  for (const char* name : {"proxy.yaml", "local.yaml"}) {
    const auto source = read_source((kConfigs / name).string());
    ASSERT_TRUE(source.has_value()) << source.error();
    EXPECT_EQ(to_text(*source, read(*source, test_environment(), test_now()).complaints), "");
  }
}

TEST_F(ReadTest, SaysNothingTwiceAboutOneValue) {
  const Loaded loaded = read_text(
      "server: {tls: {cert_file: certs/server.crt, key_file: certs/server.key}}\n"
      "backends: scalar\n");

  ASSERT_EQ(loaded.complaints.size(), 1U);
  EXPECT_EQ(loaded.complaints[0].message, "backends is a single value");
}

TEST_F(ReadTest, PutsComplaintsInTheOrderOfTheFile) {
  const Loaded loaded = read_text(slurp(kTests / "bad" / "many-mistakes.yaml"));

  EXPECT_TRUE(std::ranges::is_sorted(loaded.complaints, {}, &Complaint::mark));
  EXPECT_GE(loaded.complaints.size(), 9U);
}

TEST_F(ReadTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(read_source("certs/none.yaml").error(),
            "cannot read \"certs/none.yaml\": No such file or directory");
  EXPECT_EQ(read_source("certs").error(), "cannot read \"certs\": it is a directory");
}

TEST_F(ReadTest, ReadsAFileOfFourMebibytesAndNotOneByteMore) {
  spit("large.yaml", std::string(4 * 1024 * 1024, '#'));
  spit("too-large.yaml", std::string(4 * 1024 * 1024 + 1, '#'));

  EXPECT_TRUE(read_source("large.yaml").has_value());
  EXPECT_EQ(read_source("too-large.yaml").error(), "\"too-large.yaml\" is larger than 4 MiB");
}

TEST_F(ReadTest, AcceptsASecretOfThirtyTwoBytes) {
  const Loaded loaded = read_text(
      "server:\n"
      "  tls: {cert_file: certs/server.crt, key_file: certs/server.key}\n"
      "  secret_file: certs/good.secret\n"
      "backends: [{name: b, url: 'http://b'}]\n");

  EXPECT_THAT(loaded.complaints, testing::IsEmpty());
}

}  // namespace
}  // namespace qp::config
