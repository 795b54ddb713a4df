#include "observe/access_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace qp::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::string_view_literals::operator""sv;

constexpr WallTime kTime{milliseconds(1'795'411'284'123)};
constexpr TimePoint kBegan{milliseconds(1000)};

const AttemptRecord kAttempts[] = {{.backend = "backend-1",
                                    .began = kBegan + microseconds(1000),
                                    .connected = kBegan + microseconds(1310),
                                    .first_byte = kBegan + microseconds(10000),
                                    .ended = kBegan + microseconds(12000),
                                    .status = 200}};

std::string line_of(const ExchangeRecord& record, AccessLogSettings settings) {
  LogRing ring(64 * 1024);
  Random random(1);
  AccessLog(ring, random, std::move(settings)).exchange_ended(record);
  EXPECT_EQ(ring.dropped(), 0u);
  return std::string(ring.readable()[0]);
}

std::string line_of(const ExchangeRecord& record, AccessLogFormat format) {
  return line_of(record, AccessLogSettings{.format = format});
}

std::string line_of(const ExchangeRecord& record, std::string_view custom) {
  return line_of(record, AccessLogSettings{.format = AccessLogFormat::custom,
                                           .custom = AccessTemplate::parse(custom).value()});
}

// How many of a thousand such requests are written at a share of a quarter.
size_t lines_of_a_thousand(const ExchangeRecord& record, double share = 0.25) {
  LogRing ring(1024 * 1024);
  Random random(1);
  AccessLog log(ring, random, {.format = AccessLogFormat::common, .sample = share});
  for (int i = 0; i < 1000; ++i)
    log.exchange_ended(record);
  EXPECT_EQ(ring.dropped(), 0u);
  return static_cast<size_t>(std::ranges::count(ring.readable()[0], '\n'));
}

ExchangeRecord full_record() {
  return {.time = kTime,
          .began = kBegan,
          .first_byte = kBegan + microseconds(10007),
          .ended = kBegan + microseconds(12345),
          .request_id = "8f2c",
          .client_ip = "203.0.113.9",
          .client_port = 50123,
          .protocol = http::Version::h3,
          .tls_version = "TLSv1.3",
          .tls_cipher = "TLS_AES_128_GCM_SHA256",
          .server_name = "example.com",
          .method = "GET",
          .host = "example.com",
          .path = "/api/users?page=2",
          .referer = "https://example.com/",
          .user_agent = "curl/8.21.0",
          .route = "api",
          .status = 200,
          .bytes_in = 12,
          .bytes_out = 5120,
          .termination = "ok",
          .quic = ExchangeRecord::Quic{.rtt = microseconds(25040), .packets_lost = 3},
          .attempts = kAttempts};
}

ExchangeRecord bare_record() {
  return {.time = kTime,
          .began = kBegan,
          .ended = kBegan,
          .client_ip = "::1",
          .client_port = 1,
          .method = "GET",
          .path = "/",
          .status = 404,
          .termination = "no_route"};
}

TEST(AccessLogTest, WritesEveryFieldAsJson) {
  EXPECT_EQ(line_of(full_record(), AccessLogFormat::json),
            R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"request","request_id":"8f2c",)"
            R"("client_ip":"203.0.113.9","client_port":50123,"protocol":"h3","tls_version":"TLSv1.3",)"
            R"("tls_cipher":"TLS_AES_128_GCM_SHA256","server_name":"example.com","method":"GET",)"
            R"("host":"example.com","path":"/api/users?page=2","referer":"https://example.com/",)"
            R"("user_agent":"curl/8.21.0","route":"api","backend":"backend-1","status":200,"bytes_in":12,)"
            R"("bytes_out":5120,"duration_ms":12.345,"connect_ms":0.310,"first_byte_ms":10.007,)"
            R"("upstream_ms":11.000,"attempts":1,"termination":"ok","quic_rtt_ms":25.040,)"
            R"("quic_packets_lost":3})"
            "\n");
}

TEST(AccessLogTest, LeavesOutWhatThereIsNoneOf) {
  EXPECT_EQ(line_of(bare_record(), AccessLogFormat::json),
            R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"request","client_ip":"::1",)"
            R"("client_port":1,"protocol":"h1","method":"GET","path":"/","status":404,"bytes_in":0,)"
            R"("bytes_out":0,"duration_ms":0.000,"attempts":0,"termination":"no_route"})"
            "\n");
}

TEST(AccessLogTest, TellsOfTheLastAttemptAndCountsThemAll) {
  AttemptRecord attempts[] = {kAttempts[0], kAttempts[0]};
  attempts[1].backend = "backend-2";
  attempts[1].is_reused = true;
  ExchangeRecord record = full_record();
  record.attempts = attempts;

  const std::string line = line_of(record, AccessLogFormat::json);

  EXPECT_THAT(line, testing::HasSubstr(R"("backend":"backend-2")"));
  EXPECT_THAT(line, testing::HasSubstr(R"("attempts":2,"failed_attempts":"backend-1:200")"));
  EXPECT_THAT(line, testing::Not(testing::HasSubstr("connect_ms")));
}

TEST(AccessLogTest, SaysWhyEachAttemptFailedAndWhyThereWasNoOther) {
  AttemptRecord attempts[] = {kAttempts[0], kAttempts[0], kAttempts[0]};
  attempts[0].termination = "upstream_closed";
  attempts[1].backend = "backend-2";
  attempts[1].status = 503;
  attempts[2].termination = "upstream_refused";
  ExchangeRecord record = full_record();
  record.attempts = attempts;
  record.is_retry_denied = true;

  const std::string line = line_of(record, AccessLogFormat::json);

  EXPECT_THAT(line, testing::HasSubstr(R"("attempts":3,)"
                                       R"("failed_attempts":"backend-1:upstream_closed backend-2:503",)"
                                       R"("retry":"over_budget")"));
}

TEST(AccessLogTest, WritesTheCommonFormat) {
  EXPECT_EQ(line_of(full_record(), AccessLogFormat::common),
            "203.0.113.9 - - [23/Nov/2026:05:21:24 +0000] \"GET /api/users?page=2 HTTP/3.0\" 200 5120\n");
  EXPECT_EQ(line_of(bare_record(), AccessLogFormat::common),
            "::1 - - [23/Nov/2026:05:21:24 +0000] \"GET / HTTP/1.1\" 404 0\n");
}

TEST(AccessLogTest, WritesTheCombinedFormat) {
  EXPECT_EQ(line_of(full_record(), AccessLogFormat::combined),
            "203.0.113.9 - - [23/Nov/2026:05:21:24 +0000] \"GET /api/users?page=2 HTTP/3.0\" 200 5120 "
            "\"https://example.com/\" \"curl/8.21.0\"\n");
  EXPECT_EQ(line_of(bare_record(), AccessLogFormat::combined),
            "::1 - - [23/Nov/2026:05:21:24 +0000] \"GET / HTTP/1.1\" 404 0 \"-\" \"-\"\n");
}

TEST(AccessLogTest, NamesEveryVersionOfTheProtocol) {
  struct Case {
    http::Version version;
    std::string_view json;
    std::string_view common;
  };
  for (const Case& expected : {Case{http::Version::h1_0, "\"protocol\":\"h1.0\"", "HTTP/1.0\""},
                               Case{http::Version::h1_1, "\"protocol\":\"h1\"", "HTTP/1.1\""},
                               Case{http::Version::h2, "\"protocol\":\"h2\"", "HTTP/2.0\""},
                               Case{http::Version::h3, "\"protocol\":\"h3\"", "HTTP/3.0\""}}) {
    ExchangeRecord record = bare_record();
    record.protocol = expected.version;

    EXPECT_THAT(line_of(record, AccessLogFormat::json), testing::HasSubstr(expected.json));
    EXPECT_THAT(line_of(record, AccessLogFormat::common), testing::HasSubstr(expected.common));
  }
}

TEST(AccessLogTest, LetsNobodyForgeALineOrAFieldInJson) {
  ExchangeRecord record = bare_record();
  record.path = "/\"}\n{\"level\":\"error\"\0\x1b[2J\xff"sv;
  record.user_agent = "a\\\"b\r\n";

  EXPECT_EQ(line_of(record, AccessLogFormat::json),
            R"({"level":"info","time":"2026-11-23T05:21:24.123Z","msg":"request","client_ip":"::1",)"
            R"("client_port":1,"protocol":"h1","method":"GET",)"
            R"("path":"/\"}\n{\"level\":\"error\"\u0000\u001b[2J)"
            "\xef\xbf\xbd"
            R"(","user_agent":"a\\\"b\r\n","status":404,"bytes_in":0,"bytes_out":0,)"
            R"("duration_ms":0.000,"attempts":0,"termination":"no_route"})"
            "\n");
}

TEST(AccessLogTest, LetsNobodyForgeALineOrAFieldInTheCombinedFormat) {
  ExchangeRecord record = bare_record();
  record.path = "/\" 200 1\n127.0.0.1 - -\0\x7f\xff"sv;
  record.user_agent = "a\\\" \"b\r\n";

  EXPECT_EQ(line_of(record, AccessLogFormat::combined),
            "::1 - - [23/Nov/2026:05:21:24 +0000] "
            R"("GET /\x22 200 1\x0a127.0.0.1 - -\x00\x7f\xff HTTP/1.1" 404 0 "-" "a\x5c\x22 \x22b\x0d\x0a")"
            "\n");
}

TEST(AccessLogTest, KeepsEveryByteAClientCanSendInsideOneLine) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  ExchangeRecord record = bare_record();
  record.path = record.host = record.method = record.user_agent = record.referer = all;

  for (const AccessLogFormat format :
       {AccessLogFormat::json, AccessLogFormat::common, AccessLogFormat::combined}) {
    const std::string line = line_of(record, format);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
    EXPECT_EQ(std::ranges::count_if(line, is_control), 1);
    EXPECT_EQ(line.back(), '\n');
  }
}

TEST(AccessLogTest, CutsATextThatIsTooLong) {
  ExchangeRecord longest = bare_record();
  const std::string text(4096, 'a');
  longest.path = text;
  ExchangeRecord longer = bare_record();
  const std::string more(4097, 'a');
  longer.path = more;

  for (const AccessLogFormat format : {AccessLogFormat::json, AccessLogFormat::common}) {
    EXPECT_THAT(line_of(longest, format), testing::HasSubstr(text));
    EXPECT_EQ(line_of(longer, format), line_of(longest, format));
  }
}

TEST(AccessLogTest, TakesAClockThatWentBackwardAsNoTime) {
  ExchangeRecord record = bare_record();
  record.ended = kBegan - milliseconds(5);

  EXPECT_THAT(line_of(record, AccessLogFormat::json), testing::HasSubstr("\"duration_ms\":0.000,"));
}

TEST(AccessLogTest, WritesTheOperatorsOwnForm) {
  EXPECT_EQ(
      line_of(full_record(), "{client_ip} [{time}] \"{method} {path} {version}\" {status} {{{duration_ms}}}"),
      "203.0.113.9 [2026-11-23T05:21:24.123Z] \"GET /api/users?page=2 HTTP/3.0\" 200 {12.345}\n");
}

TEST(AccessLogTest, KnowsEveryVariableOfATemplate) {
  AttemptRecord attempts[] = {kAttempts[0], kAttempts[0]};
  attempts[0].status = 503;
  ExchangeRecord record = full_record();
  record.attempts = attempts;
  record.is_retry_denied = true;
  std::string all;
  for (const std::string_view name : kAccessVariableNames)
    all.append("{").append(name).append("}|");

  EXPECT_EQ(
      line_of(record, all),
      "2026-11-23T05:21:24.123Z|23/Nov/2026:05:21:24 +0000|8f2c|-|203.0.113.9|50123|h3|HTTP/3.0|TLSv1.3|"
      "TLS_AES_128_GCM_SHA256|example.com|GET|example.com|/api/users?page=2|https://example.com/|"
      "curl/8.21.0|api|backend-1|200|12|5120|12.345|0.310|10.007|11.000|2|backend-1:503|over_budget|ok|"
      "25.040|3|\n");
}

TEST(AccessLogTest, WritesADashForAVariableWithoutAValue) {
  EXPECT_EQ(line_of(bare_record(), "{trace_id},{route},{backend},{connect_ms},{upstream_ms},{quic_rtt_ms}"),
            "-,-,-,-,-,-\n");
}

TEST(AccessLogTest, LetsNobodyForgeALineOrAFieldInATemplate) {
  ExchangeRecord record = bare_record();
  record.user_agent = "a|b \"c\\\r\n\t\x1b\xff";

  EXPECT_EQ(line_of(record, "{user_agent}|x"), R"(a\x7cb \x22c\x5c\x0d\x0a\x09\x1b\xff|x)"
                                               "\n");
  EXPECT_EQ(line_of(record, "\"{user_agent}\""), R"("a|b \x22c\x5c\x0d\x0a\x09\x1b\xff")"
                                                 "\n");
  EXPECT_EQ(line_of(record, "{user_agent}{route} x"), R"(a|b\x20\x22c\x5c\x0d\x0a\x09\x1b\xff- x)"
                                                      "\n");
}

TEST(AccessLogTest, WritesAShareOfTheRequestsThatSucceeded) {
  const size_t lines = lines_of_a_thousand(full_record());

  EXPECT_GT(lines, 150u);
  EXPECT_LT(lines, 350u);
  EXPECT_EQ(lines_of_a_thousand(full_record(), 0), 0u);
  EXPECT_EQ(lines_of_a_thousand(full_record(), 1), 1000u);
}

TEST(AccessLogTest, WritesEveryRequestThatFailed) {
  ExchangeRecord refused = full_record();
  refused.status = 400;
  ExchangeRecord moved = full_record();
  moved.status = 399;
  ExchangeRecord aborted = full_record();
  aborted.termination = "client_reset";

  EXPECT_EQ(lines_of_a_thousand(refused, 0), 1000u);
  EXPECT_EQ(lines_of_a_thousand(moved, 0), 0u);
  EXPECT_EQ(lines_of_a_thousand(aborted, 0), 1000u);
}

TEST(AccessLogTest, ObeysNewSettingsFromTheNextRequestOn) {
  LogRing ring(64 * 1024);
  Random random(1);
  AccessLog log(ring, random, {.enabled = false});

  log.exchange_ended(bare_record());
  log.install({.format = AccessLogFormat::custom, .custom = AccessTemplate::parse("{status}").value()});
  log.exchange_ended(bare_record());

  EXPECT_EQ(ring.readable()[0], "404\n");
}

}  // namespace
}  // namespace qp::observe
