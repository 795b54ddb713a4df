#include "observe/exchange_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace qp::observe {
namespace {

using std::chrono::milliseconds;

constexpr WallTime kWall{std::chrono::seconds(1'795'411'284)};
constexpr TimePoint kBegan{std::chrono::hours(1)};

using Value = std::variant<int64_t, std::string>;

std::optional<Value> find(const Attributes& attributes, std::string_view key) {
  std::optional<Value> found;
  for (const Attribute& attribute : attributes) {
    if (attribute.key != key) continue;
    EXPECT_FALSE(found) << key << " is there twice";
    found = attribute.value;
  }
  return found;
}

std::string text(const Span& span, std::string_view key) {
  const auto value = find(span.attributes, key);
  return value ? std::get<std::string>(*value) : std::string();
}

int64_t number(const Span& span, std::string_view key) {
  const auto value = find(span.attributes, key);
  return value ? std::get<int64_t>(*value) : -1;
}

std::vector<Span> spans_of(const ExchangeRecord& record) {
  std::vector<Span> spans;
  append_spans(record, spans);
  return spans;
}

class ExchangeSpansTest : public testing::Test {
 protected:
  AttemptRecord attempt{.backend = "api-1",
                        .scheme = "http",
                        .address = "10.0.0.7",
                        .port = 8080,
                        .base_path = "/base",
                        .began = kBegan + milliseconds(1),
                        .connected = kBegan + milliseconds(2),
                        .first_byte = kBegan + milliseconds(7),
                        .ended = kBegan + milliseconds(9),
                        .status = 200,
                        .bytes_out = 3,
                        .bytes_in = 5120,
                        .span_id = 0x33};
  ExchangeRecord record{.time = kWall,
                        .began = kBegan,
                        .first_byte = kBegan + milliseconds(8),
                        .ended = kBegan + milliseconds(10),
                        .request_id = "0192f7a4",
                        .trace = {.trace_id = {0x11, 0x12},
                                  .parent_span_id = 0x21,
                                  .span_id = 0x22,
                                  .is_sampled = true,
                                  .state = "vendor=1"},
                        .client_ip = "203.0.113.9",
                        .client_port = 50123,
                        .peer_ip = "203.0.113.9",
                        .protocol = http::Version::h3,
                        .tls_version = "TLSv1.3",
                        .tls_cipher = "TLS_AES_128_GCM_SHA256",
                        .server_name = "example.com",
                        .method = "GET",
                        .scheme = "https",
                        .host = "example.com",
                        .path = "/api/users?page=2",
                        .sent_path = "/users?page=2",
                        .user_agent = "curl/8.21.0",
                        .route = "api",
                        .route_path = "/api/*",
                        .status = 200,
                        .bytes_in = 3,
                        .bytes_out = 5120,
                        .termination = "ok",
                        .attempts = {&attempt, 1}};
};

TEST_F(ExchangeSpansTest, MakesTheAttemptAChildOfTheRequest) {
  const std::vector<Span> spans = spans_of(record);

  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].kind, Span::Kind::server);
  EXPECT_EQ(spans[0].span_id, 0x22U);
  EXPECT_EQ(spans[0].parent_span_id, 0x21U);
  EXPECT_EQ(spans[1].kind, Span::Kind::client);
  EXPECT_EQ(spans[1].span_id, 0x33U);
  EXPECT_EQ(spans[1].parent_span_id, 0x22U);
  for (const Span& span : spans) {
    EXPECT_EQ(span.trace_id, (TraceId{0x11, 0x12}));
    EXPECT_EQ(span.trace_state, "vendor=1");
    EXPECT_EQ(span.status, Span::Status::unset);
  }
}

TEST_F(ExchangeSpansTest, DescribesTheRequest) {
  const Span span = spans_of(record)[0];

  EXPECT_EQ(span.name, "GET /api/*");
  EXPECT_EQ(span.began, kWall);
  EXPECT_EQ(span.ended, kWall + milliseconds(10));
  EXPECT_EQ(text(span, "http.request.method"), "GET");
  EXPECT_EQ(text(span, "http.route"), "/api/*");
  EXPECT_EQ(number(span, "http.response.status_code"), 200);
  EXPECT_EQ(text(span, "url.scheme"), "https");
  EXPECT_EQ(text(span, "url.path"), "/api/users");
  EXPECT_EQ(text(span, "url.query"), "page=2");
  EXPECT_EQ(text(span, "server.address"), "example.com");
  EXPECT_EQ(number(span, "server.port"), 443);
  EXPECT_EQ(text(span, "client.address"), "203.0.113.9");
  EXPECT_EQ(number(span, "client.port"), 50123);
  EXPECT_EQ(text(span, "network.peer.address"), "203.0.113.9");
  EXPECT_EQ(text(span, "network.protocol.name"), "http");
  EXPECT_EQ(text(span, "network.protocol.version"), "3");
  EXPECT_EQ(text(span, "network.transport"), "quic");
  EXPECT_EQ(text(span, "tls.protocol.version"), "1.3");
  EXPECT_EQ(text(span, "user_agent.original"), "curl/8.21.0");
  EXPECT_EQ(number(span, "http.request.body.size"), 3);
  EXPECT_EQ(number(span, "http.response.body.size"), 5120);
  EXPECT_EQ(text(span, "quic_proxy.route"), "api");
  EXPECT_EQ(text(span, "quic_proxy.request_id"), "0192f7a4");
  EXPECT_FALSE(find(span.attributes, "error.type"));
}

TEST_F(ExchangeSpansTest, DescribesTheAttempt) {
  const Span span = spans_of(record)[1];

  EXPECT_EQ(span.name, "GET");
  EXPECT_EQ(span.began, kWall + milliseconds(1));
  EXPECT_EQ(span.ended, kWall + milliseconds(9));
  EXPECT_EQ(text(span, "url.full"), "http://10.0.0.7:8080/base/users?page=2");
  EXPECT_EQ(text(span, "server.address"), "10.0.0.7");
  EXPECT_EQ(number(span, "server.port"), 8080);
  EXPECT_EQ(text(span, "network.protocol.version"), "1.1");
  EXPECT_EQ(number(span, "http.response.status_code"), 200);
  EXPECT_EQ(text(span, "quic_proxy.backend"), "api-1");
  EXPECT_FALSE(find(span.attributes, "http.request.resend_count"));
  ASSERT_EQ(span.events.size(), 2U);
  EXPECT_EQ(span.events[0].name, "quic_proxy.connected");
  EXPECT_EQ(span.events[0].time, kWall + milliseconds(2));
  EXPECT_EQ(span.events[1].name, "quic_proxy.response_head");
  EXPECT_EQ(span.events[1].time, kWall + milliseconds(7));
}

TEST_F(ExchangeSpansTest, TellsAKeptConnectionFromANewOne) {
  attempt.is_reused = true;

  EXPECT_EQ(spans_of(record)[1].events[0].name, "quic_proxy.connection_reused");
}

TEST_F(ExchangeSpansTest, CountsAttemptsAndTellsWhyEachOfThemWasNotTheLast) {
  AttemptRecord refused = attempt;
  refused.connected = refused.first_byte = kNever;
  refused.status = 0;
  refused.termination = "upstream_refused";
  refused.ended = kBegan + milliseconds(3);
  const AttemptRecord attempts[] = {refused, attempt};
  record.attempts = attempts;

  const std::vector<Span> spans = spans_of(record);

  ASSERT_EQ(spans.size(), 3U);
  ASSERT_EQ(spans[0].events.size(), 1U);
  EXPECT_EQ(spans[0].events[0].name, "quic_proxy.retry");
  EXPECT_EQ(spans[0].events[0].time, kWall + milliseconds(3));
  EXPECT_EQ(find(spans[0].events[0].attributes, "error.type"), Value("upstream_refused"));
  EXPECT_EQ(spans[1].status, Span::Status::error);
  EXPECT_EQ(text(spans[1], "error.type"), "upstream_refused");
  EXPECT_TRUE(spans[1].events.empty());
  EXPECT_EQ(number(spans[2], "http.request.resend_count"), 1);
  EXPECT_EQ(spans[2].status, Span::Status::unset);
}

TEST_F(ExchangeSpansTest, BlamesTheClientForFourHundredsAndUsForFiveHundreds) {
  struct Case {
    uint16_t status;
    std::string_view termination;
    Span::Status request;
    Span::Status attempt;
    std::string_view error;
  };
  const Case cases[] = {
      {404, "ok", Span::Status::unset, Span::Status::error, ""},
      {503, "ok", Span::Status::error, Span::Status::error, "503"},
      {502, "upstream_closed", Span::Status::error, Span::Status::error, "upstream_closed"},
      {200, "upstream_closed", Span::Status::error, Span::Status::unset, "upstream_closed"},
      {499, "client_reset", Span::Status::unset, Span::Status::error, "client_reset"},
      {200, "client_reset", Span::Status::unset, Span::Status::unset, "client_reset"},
      {413, "too_large", Span::Status::unset, Span::Status::error, "too_large"},
  };
  for (const Case& one : cases) {
    record.status = attempt.status = one.status;
    record.termination = one.termination;

    const std::vector<Span> spans = spans_of(record);

    EXPECT_EQ(spans[0].status, one.request) << one.status << one.termination;
    EXPECT_EQ(text(spans[0], "error.type"), one.error);
    EXPECT_EQ(spans[1].status, one.attempt) << one.status << one.termination;
  }
}

TEST_F(ExchangeSpansTest, LetsNoClientInventMethods) {
  record.method = "SPY";

  const std::vector<Span> spans = spans_of(record);

  EXPECT_EQ(spans[0].name, "HTTP /api/*");
  EXPECT_EQ(text(spans[0], "http.request.method"), "_OTHER");
  EXPECT_EQ(text(spans[0], "http.request.method_original"), "SPY");
  EXPECT_EQ(spans[1].name, "HTTP");
}

TEST_F(ExchangeSpansTest, SaysNothingWhereNothingIsKnown) {
  const ExchangeRecord bare{.time = kWall,
                            .began = kBegan,
                            .ended = kBegan,
                            .trace = {.trace_id = {1, 1}, .span_id = 2, .is_sampled = true},
                            .status = 400,
                            .termination = "client_malformed"};

  const std::vector<Span> spans = spans_of(bare);

  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "HTTP");
  EXPECT_EQ(spans[0].parent_span_id, 0U);
  for (const std::string_view key :
       {"http.request.method", "url.path", "url.query", "server.address", "server.port", "client.address",
        "tls.protocol.version", "user_agent.original", "http.route"}) {
    EXPECT_FALSE(find(spans[0].attributes, key)) << key;
  }
}

TEST_F(ExchangeSpansTest, ShowsWhoStandsBehindAProxyThatWeTrust) {
  record.client_ip = "198.51.100.4";

  const Span span = spans_of(record)[0];

  EXPECT_EQ(text(span, "client.address"), "198.51.100.4");
  EXPECT_FALSE(find(span.attributes, "client.port"));
  EXPECT_EQ(text(span, "network.peer.address"), "203.0.113.9");
  EXPECT_EQ(number(span, "network.peer.port"), 50123);
}

TEST_F(ExchangeSpansTest, KeepsSignaturesOutOfQueries) {
  record.path = "/f?a=1&sig=s3cret&X-Goog-Signature=s3cret&sigh=2&Signature";
  record.sent_path = "/f?Signature=s3cret";

  const std::vector<Span> spans = spans_of(record);

  EXPECT_EQ(text(spans[0], "url.query"), "a=1&sig=REDACTED&X-Goog-Signature=REDACTED&sigh=2&Signature");
  EXPECT_EQ(text(spans[1], "url.full"), "http://10.0.0.7:8080/base/f?Signature=REDACTED");
}

TEST_F(ExchangeSpansTest, WritesAnAddressOfIPv6IntoAUrl) {
  attempt.address = "::1";

  EXPECT_EQ(text(spans_of(record)[1], "url.full"), "http://[::1]:8080/base/users?page=2");
}

TEST_F(ExchangeSpansTest, TakesTextThatIsLongOrNotUtf8) {
  const std::string agent = "\xff" + std::string(1022, 'a');
  record.user_agent = agent;

  // The replacement character takes three bytes.
  EXPECT_EQ(text(spans_of(record)[0], "user_agent.original"), "\xef\xbf\xbd" + std::string(1021, 'a'));
}

}  // namespace
}  // namespace qp::observe
