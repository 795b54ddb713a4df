#include "observe/metrics_page.h"

#include <gmock/gmock.h>

#include <array>
#include <string>

namespace qp::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

struct World {
  MetricsShard worker0, worker1, control;
  std::array<const MetricsShard*, 3> shards = {&worker0, &worker1, &control};
  MetricsSource source{.shards = shards,
                       .workers = 2,
                       .backends = {{.name = "b1", .rows = {1}}, {.name = "b2", .rows = {2, 3}}},
                       .certificates = {},
                       .version = "1.2.3"};

  World() {
    for (MetricsShard* shard : {&worker0, &worker1, &control})
      shard->make_rows(Rows::backend, 4);
  }
  std::string page(MetricsFormat format = MetricsFormat::prometheus) const {
    return metrics_page(source, format);
  }
};

TEST(MetricsPageTest, ShardsAreAddedUp) {
  World world;
  world.worker0.row(Rows::process).add(metric("http_protocol_requests_total").at(2), 3);
  world.worker1.row(Rows::process).add(metric("http_protocol_requests_total").at(2), 4);

  EXPECT_THAT(world.page(), HasSubstr("# TYPE http_protocol_requests_total counter\n"
                                      "http_protocol_requests_total{protocol=\"h1\"} 0\n"
                                      "http_protocol_requests_total{protocol=\"h2\"} 0\n"
                                      "http_protocol_requests_total{protocol=\"h3\"} 7\n"));
}

TEST(MetricsPageTest, WorkersAreToldApart) {
  World world;
  world.worker1.row(Rows::worker).set(metric("worker_buffer_bytes").at(), 65536);

  EXPECT_THAT(world.page(), HasSubstr("\nworker_buffer_bytes{worker=\"0\"} 0\n"
                                      "worker_buffer_bytes{worker=\"1\"} 65536\n"));
}

TEST(MetricsPageTest, TimesAreWrittenInSecondsExactly) {
  World world;
  MetricsRow process = world.control.row(Rows::process);

  process.set(metric("process_start_time_seconds").at(), 1'795'411'284'123'000'000);
  process.set(metric("process_cpu_seconds_total").at(), 5);

  EXPECT_THAT(world.page(), HasSubstr("\nprocess_start_time_seconds 1795411284.123\n"));
  EXPECT_THAT(world.page(), HasSubstr("\nprocess_cpu_seconds_total 0.000000005\n"));
}

TEST(MetricsPageTest, BucketsIncludeAllSmallerOnes) {
  World world;
  MetricsRow process = world.worker0.row(Rows::process);

  process.observe(metric("quic_gso_batch_datagrams"), 1);
  process.observe(metric("quic_gso_batch_datagrams"), 2);
  process.observe(metric("quic_gso_batch_datagrams"), 3);
  process.observe(metric("quic_gso_batch_datagrams"), 129);

  EXPECT_THAT(world.page(), HasSubstr("quic_gso_batch_datagrams_bucket{le=\"1.0\"} 1\n"
                                      "quic_gso_batch_datagrams_bucket{le=\"2.0\"} 2\n"
                                      "quic_gso_batch_datagrams_bucket{le=\"4.0\"} 3\n"));
  EXPECT_THAT(world.page(), HasSubstr("quic_gso_batch_datagrams_bucket{le=\"128.0\"} 3\n"
                                      "quic_gso_batch_datagrams_bucket{le=\"+Inf\"} 4\n"
                                      "quic_gso_batch_datagrams_sum 135\n"
                                      "quic_gso_batch_datagrams_count 4\n"));
}

TEST(MetricsPageTest, BoundsOfTimesAreSeconds) {
  World world;
  world.worker0.row(Rows::backend, 1)
      .observe(metric("backend_response_time_seconds"), std::chrono::microseconds(700));

  const std::string page = world.page();

  EXPECT_THAT(page, HasSubstr("backend_response_time_seconds_bucket{backend=\"b1\",le=\"0.0005\"} 0\n"
                              "backend_response_time_seconds_bucket{backend=\"b1\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("backend_response_time_seconds_bucket{backend=\"b1\",le=\"1.0\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("backend_response_time_seconds_sum{backend=\"b1\"} 0.0007\n"));
}

TEST(MetricsPageTest, ABackendOfSeveralLivesIsOneSeries) {
  World world;
  world.worker0.row(Rows::backend, 2).add(metric("backend_retries_total").at(), 5);
  world.worker1.row(Rows::backend, 3).add(metric("backend_retries_total").at(), 6);

  EXPECT_THAT(world.page(), HasSubstr("backend_retries_total{backend=\"b1\"} 0\n"
                                      "backend_retries_total{backend=\"b2\"} 11\n"));
}

TEST(MetricsPageTest, RequestsWithoutABackendHaveAnEmptyName) {
  World world;
  world.worker0.row(Rows::backend, 0)
      .add(metric("http_requests_total").at(method_index("GET"), status_index(404)));

  const std::string page = world.page();

  EXPECT_THAT(page, HasSubstr("http_requests_total{method=\"GET\",status_code=\"404\",backend=\"\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("backend_health{backend=\"\"}")));
}

TEST(MetricsPageTest, SeriesThatNeverOccurredAreLeftOutWhereThereAreMany) {
  World world;

  EXPECT_THAT(world.page(),
              HasSubstr("# TYPE http_requests_total counter\n# HELP http_protocol_requests_total"));
}

TEST(MetricsPageTest, NamesAreEscaped) {
  World world;
  world.control.make_rows(Rows::certificate, 1);
  world.source.certificates = {{.name = "a\"b\\c\nd", .rows = {0}}};

  EXPECT_THAT(world.page(), HasSubstr("{certificate=\"a\\\"b\\\\c\\nd\"} 0\n"));
}

TEST(MetricsPageTest, OpenMetricsNamesFamiliesAndUnitsAndEnds) {
  World world;
  world.control.row(Rows::process).set(metric("process_cpu_seconds_total").at(), 1'500'000'000);

  const std::string page = world.page(MetricsFormat::openmetrics);

  EXPECT_THAT(page, HasSubstr("# TYPE process_cpu_seconds counter\n"
                              "# UNIT process_cpu_seconds seconds\n"
                              "process_cpu_seconds_total 1.5\n"));
  EXPECT_TRUE(page.ends_with("\n# EOF\n"));
}

TEST(MetricsPageTest, AcceptChoosesTheFormat) {
  constexpr std::string_view kPrometheus242 =
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

  EXPECT_EQ(metrics_format(kPrometheus242), MetricsFormat::openmetrics);
  EXPECT_EQ(metrics_format("application/openmetrics-text"), MetricsFormat::openmetrics);
  EXPECT_EQ(metrics_format(""), MetricsFormat::prometheus);
  EXPECT_EQ(metrics_format("*/*"), MetricsFormat::prometheus);
  EXPECT_EQ(metrics_format("text/html,*/*;q=0.5"), MetricsFormat::prometheus);
}

}  // namespace
}  // namespace qp::observe
