#include "base/log.h"

#include <gmock/gmock.h>

#include <string>

namespace qp {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'795'411'284'123)};

class LogTest : public testing::Test {
 protected:
  LogTest() {
    json_.begin_turn(kNow);
    text_.begin_turn(kNow);
  }

  std::string taken() {
    const auto [first, second] = ring_.readable();
    std::string all(first);
    all += second;
    ring_.consume(all.size());
    return all;
  }

  LogRing ring_{64 * 1024};
  std::atomic<LogLevel> level_ = LogLevel::info;
  Log json_{ring_, level_, LogFormat::json};
  Log text_{ring_, level_, LogFormat::text};
};

TEST_F(LogTest, WritesOneJsonLineAnEvent) {
  json_.warn("Health check failed").field("backend", "api-1").field("failures", 3).field("removed", true);
  json_.info("Started");

  EXPECT_EQ(taken(), R"({"level":"warn","time":"2026-11-23T05:21:24.123Z","msg":"Health check failed",)"
                     R"("backend":"api-1","failures":3,"removed":true})"
                     "\n"
                     R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"Started"})"
                     "\n");
}

TEST_F(LogTest, WritesTextForPeople) {
  text_.warn("Health check failed").field("backend", "api-1").field("failures", 3).field("removed", true);
  text_.error("Cannot bind").field("address", "[::]:443").field("reason", "permission denied");

  EXPECT_EQ(taken(),
            "2026-11-23T05:21:24.123Z warn  Health check failed backend=api-1 failures=3 removed=true\n"
            "2026-11-23T05:21:24.123Z error Cannot bind address=[::]:443 reason=\"permission denied\"\n");
}

TEST_F(LogTest, QuotesTextThatCouldBeMistakenForSomethingElse) {
  text_.info("x").field("a", "").field("b", "k=v").field("c", "say \"hi\"").field("d", "C:\\dir");

  EXPECT_EQ(taken(),
            "2026-11-23T05:21:24.123Z info  x a=\"\" b=\"k=v\" c=\"say \\\"hi\\\"\" d=\"C:\\\\dir\"\n");
}

TEST_F(LogTest, WritesNumbersOfAllKinds) {
  json_.info("n").field("least", INT64_MIN).field("greatest", UINT64_MAX).field("half", 0.5);

  EXPECT_EQ(taken(), R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"n",)"
                     R"("least":-9223372036854775808,"greatest":18446744073709551615,"half":0.5})"
                     "\n");
}

TEST_F(LogTest, NeverWritesALineThatAFieldWouldLikeToBegin) {
  const std::string hostile = "x\n{\"level\":\"error\",\"msg\":\"owned\"}\r\x1b[2J\xff";
  json_.info("m").field("path", hostile);
  text_.info("m").field("path", hostile);

  const std::string quoted =
      "\"x\\n{\\\"level\\\":\\\"error\\\",\\\"msg\\\":\\\"owned\\\"}\\r\\u001b[2J\xef\xbf\xbd\"";
  EXPECT_EQ(taken(), R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"m","path":)" + quoted +
                         "}\n" + "2026-11-23T05:21:24.123Z info  m path=" + quoted + "\n");
}

TEST_F(LogTest, IsSilentBelowItsLevelWhichMayChange) {
  json_.debug("no").field("a", 1);
  EXPECT_EQ(taken(), "");

  level_ = LogLevel::debug;
  json_.debug("yes");
  json_.trace("no");
  EXPECT_EQ(taken(), R"({"level":"debug","time":"2026-11-23T05:21:24.123Z","msg":"yes"})"
                     "\n");

  level_ = LogLevel::error;
  json_.warn("no");
  EXPECT_FALSE(json_.is_on(LogLevel::warn));
  EXPECT_TRUE(json_.is_on(LogLevel::error));
  EXPECT_EQ(taken(), "");
}

TEST_F(LogTest, CutsAFieldThatIsTooLong) {
  text_.info("m").field("at", std::string(4096, 'a'));
  text_.info("m").field("at", std::string(4097, 'a'));

  const std::string line = "2026-11-23T05:21:24.123Z info  m at=" + std::string(4096, 'a') + "\n";
  EXPECT_EQ(taken(), line + line);
}

TEST_F(LogTest, NamesItsLevels) {
  EXPECT_EQ(name_of(LogLevel::trace), "trace");
  EXPECT_EQ(name_of(LogLevel::error), "error");
}

}  // namespace
}  // namespace qp
