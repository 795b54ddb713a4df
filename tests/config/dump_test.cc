#include "config/dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/load.h"
#include "config/test_files.h"

namespace qp::config {
namespace {

namespace fs = std::filesystem;

Loaded load_text(std::string text) {
  return load({.name = "test.yaml", .text = std::move(text)}, [](std::string_view) { return std::nullopt; });
}

TEST(DumpTest, LoadsBackToTheSameConfiguration) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(QP_SOURCE_DIR) / "tests" / "config" / "good")) {
    SCOPED_TRACE(entry.path().filename());
    const auto words = [](std::string_view) { return std::optional<std::string>("two \"words\" \\ ${X}"); };
    const Config config = load({.name = "good", .text = slurp(entry.path())}, words).config;

    const Loaded again = load_text(dump(config, YamlWriter::Secrets::shown));

    EXPECT_TRUE(again.complaints.empty()) << again.complaints[0].message;
    EXPECT_EQ(again.config, config);
    ++files;
  }
  EXPECT_GE(files, 3U);
}

TEST(DumpTest, IsTheSameWhenDumpedAgain) {
  const std::string once = dump(example_config(), YamlWriter::Secrets::shown);

  EXPECT_EQ(dump(load_text(once).config, YamlWriter::Secrets::shown), once);
}

TEST(DumpTest, HidesTheValuesOfSecretFields) {
  Config config = example_config();
  config.routes[0].headers.request.set = {
      {"authorization", "Bearer abc"}, {"x-api-key", "abc"}, {"x-team", "blue"}};

  const std::string text = dump(config, YamlWriter::Secrets::redacted);

  EXPECT_THAT(text, testing::Not(testing::HasSubstr("abc")));
  EXPECT_THAT(text, testing::HasSubstr("\"authorization\": \"<redacted>\""));
  EXPECT_THAT(text, testing::HasSubstr("\"x-team\": \"blue\""));
}

TEST(DumpTest, HidesEverythingThatOnlyCollectorsAreToBeTold) {
  Config config = example_config();
  config.telemetry.tracing.headers = {{"x-team", "blue"}};

  EXPECT_THAT(dump(config, YamlWriter::Secrets::redacted), testing::HasSubstr("\"x-team\": \"<redacted>\""));
  EXPECT_THAT(dump(config, YamlWriter::Secrets::shown), testing::HasSubstr("\"x-team\": \"blue\""));
}

TEST(DumpTest, ExampleFileIsCurrent) {
  const fs::path file = fs::path(QP_SOURCE_DIR) / "configs" / "example.yaml";
  if (std::getenv("QP_UPDATE_EXPECTED") != nullptr) spit(file, example());

  EXPECT_EQ(slurp(file), example());
}

TEST(DumpTest, ExampleFileEqualsTheDefaultsButForItsSamples) {
  Loaded loaded = load_text(example());
  ASSERT_TRUE(loaded.complaints.empty()) << loaded.complaints[0].message;
  Config& config = loaded.config;
  ASSERT_EQ(config.backends.size(), 1U);
  ASSERT_EQ(config.routes.size(), 2U);

  Backend backend;
  backend.name = "backend1";
  backend.url = {Scheme::http, "backend1", 3000, ""};
  EXPECT_EQ(config.backends[0], backend);
  Route api;
  api.name = "api";
  api.match.path = "/api/*";
  api.rewrite = Rewrite{.path = "", .strip_prefix = "/api", .add_prefix = "", .host = ""};
  EXPECT_EQ(config.routes[0], api);
  config.backends.clear();
  config.routes.clear();
  config.server.tls = {};
  EXPECT_EQ(config, Config{});
}

/// Collects the name of every key, whether or not a Config holds the section around it.
class KeyCollector final : public Visitor {
 public:
  void value(const Key& key, const Value& /*value*/) override { names.emplace(key.name); }
  void values(const Key& key, const List<Value>& /*list*/) override { names.emplace(key.name); }
  void fields(const Key& key, std::vector<HeaderField>& /*fields*/) override { names.emplace(key.name); }
  bool wants(const Key& /*key*/, bool /*present*/) override { return true; }
  void section(const Key& key, const Section& section) override {
    names.emplace(key.name);
    section(*this);
  }
  void sections(const Key& key, const List<Section>& list) override {
    names.emplace(key.name);
    list.append();
    list.at(list.size() - 1)(*this);
  }

  std::set<std::string> names;
};

TEST(DumpTest, ExampleFileHoldsEveryKeyWithASentence) {
  Config config;
  KeyCollector keys;
  describe(keys, config);

  std::istringstream lines(example());
  std::set<std::string> shown;
  std::string above;
  for (std::string line; std::getline(lines, line); above = line) {
    const std::size_t start = line.find_first_not_of(" -");
    if (start == std::string::npos || line[start] == '#') continue;
    shown.insert(line.substr(start, line.find(':') - start));
    EXPECT_THAT(above, testing::ContainsRegex("^ *# ")) << line;
  }

  EXPECT_GE(keys.names.size(), 90U);
  EXPECT_EQ(shown, keys.names);
}

}  // namespace
}  // namespace qp::config
