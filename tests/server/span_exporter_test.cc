#include "server/span_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/log_taker.h"
#include "support/pools_world.h"
#include "support/script_backend.h"

namespace qp::server {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The names of the spans, one below the other.
std::string names(const observe::SpanSource& source, std::span<const observe::Span> spans) {
  std::string text = source.service_name + ":";
  for (const observe::Span& span : spans)
    text += span.name + ' ';
  return text;
}

constexpr SpanFormat kFormat{
    .name = "test", .default_path = "/default", .content_type = "text/names", .encode = names};

class SpanExporterTest : public test::PoolsWorld {
 protected:
  SpanExporterTest() {
    const auto backend =
        std::make_shared<upstream::Backend>(test::backend_at("test", server.port()), nullptr);
    SpanExporter::Collector collector{.format = kFormat,
                                      .backend = backend,
                                      .path = "/spans",
                                      .fields = {},
                                      .limits = {.queue_spans_max = 4, .batch_spans_max = 2},
                                      .timeout = seconds(10)};
    collector.fields.add("authorization", "Bearer abc");
    exporter = std::make_unique<SpanExporter>(SpanExporter::Parts{world.reactor, pools, log.log, source},
                                              std::move(collector));
    world.advance = [this] {
      server.advance();
      if (exporter) exporter->advance();
    };
  }

  void add(std::initializer_list<const char*> spans) {
    for (const char* name : spans) {
      const observe::Span span{.name = name};
      exporter->add({&span, 1});
    }
  }
  const observe::ExportQueue::Counts& counts() const { return exporter->queue().counts(); }

  test::ScriptBackend server;
  test::LogTaker log;
  const observe::SpanSource source{.service_name = "edge", .version = "1.2", .attributes = {}};
  std::unique_ptr<SpanExporter> exporter;
};

TEST_F(SpanExporterTest, PostsAFullBatchWithTheFieldsThatTheCollectorWants) {
  add({"a", "b"});
  world.until([this] { return counts().exported == 2; });

  EXPECT_THAT(server.bodies(), ElementsAre("edge:a b "));
  const std::string head = server.requests().at(0);
  EXPECT_THAT(head, StartsWith("POST /spans HTTP/1.1\r\n"));
  for (const char* field :
       {"authorization: Bearer abc", "content-type: text/names", "user-agent: quic-proxy/1.2"}) {
    EXPECT_THAT(head, HasSubstr(field));
  }
  EXPECT_EQ(log.take(), "");
}

TEST_F(SpanExporterTest, SendsBatchAfterBatchOverOneConnection) {
  add({"a", "b", "c"});
  world.until([this] { return counts().exported == 2; });
  world.pass(seconds(1));
  world.until([this] { return counts().exported == 3; });

  EXPECT_THAT(server.bodies(), ElementsAre("edge:a b ", "edge:c "));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(SpanExporterTest, SendsABatchAgainThatABusyCollectorDidNotTake) {
  server.answer = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
  add({"a", "b"});
  world.until([this] { return counts().failures == 1; });
  server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  world.pass(seconds(6));
  EXPECT_EQ(server.requests().size(), 1U);
  world.pass(seconds(1));
  world.until([this] { return counts().exported == 2; });

  EXPECT_THAT(server.bodies(), ElementsAre("edge:a b ", "edge:a b "));
  EXPECT_THAT(log.take(),
              testing::MatchesRegex("warn  Spans cannot be exported collector=test host=127.0.0.1 "
                                    "port=[0-9]+ status=503 reason=[^\n]+\n"
                                    "info  Spans are exported again collector=test\n"));
}

TEST_F(SpanExporterTest, DropsABatchThatTheCollectorRefuses) {
  server.answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

  add({"a", "b"});
  world.until([this] { return counts().dropped == 2; });

  EXPECT_EQ(counts().failures, 1U);
  EXPECT_TRUE(exporter->queue().is_empty());
}

TEST_F(SpanExporterTest, LosesSpansOverACollectorThatIsAwayAndSaysSoOnce) {
  server.stop();

  add({"a", "b", "c", "d", "e"});
  world.until([this] { return counts().failures == 1; });
  EXPECT_EQ(counts().dropped, 1U);
  for (uint64_t i = 2; i <= observe::ExportQueue::kTriesMax; ++i) {
    world.pass(seconds(16));
    world.until([this, i] { return counts().failures >= i; });
  }

  EXPECT_EQ(counts().dropped, 3U);
  const std::string lines = log.take();
  EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << lines;
}

TEST_F(SpanExporterTest, GivesUpWaitingForACollectorThatNeverAnswers) {
  server.answer = "";
  add({"a", "b"});
  world.until([this] { return server.requests().size() == 1; });

  world.pass(seconds(10));
  world.until([this] { return counts().failures == 1; });

  EXPECT_THAT(log.take(), HasSubstr("reason=\"it took too long\""));
}

TEST_F(SpanExporterTest, SendsWhatIsLeftAtOnceWhenTheEndIsNear) {
  add({"a"});

  exporter->hurry();
  world.until([this] { return exporter->queue().is_empty(); });

  EXPECT_EQ(counts().exported, 1U);
}

}  // namespace
}  // namespace qp::server
