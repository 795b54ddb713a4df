#include "server/metrics.h"

#include <gmock/gmock.h>

#include <string>

#include "observe/request_metrics.h"
#include "support/certificates.h"
#include "support/h1_codecs.h"
#include "support/log_taker.h"
#include "support/reactor_world.h"

namespace qp::server {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  std::shared_ptr<upstream::Backend> backend(const std::string& name, uint32_t id) {
    config::Backend config;
    config.name = name;
    auto made = std::make_shared<upstream::Backend>(config, nullptr, id);
    rotation.begin(*made);
    return made;
  }
  void install(const std::vector<std::shared_ptr<upstream::Backend>>& backends) {
    metrics.install(backends, **transport::TlsContext::make_client({.verify = Verify::off}));
  }
  std::string page() {
    return metrics.page(observe::MetricsFormat::prometheus, {.turn = world.reactor.turn,
                                                             .log_lines_dropped = 7,
                                                             .reloads = reloads,
                                                             .checker = checker,
                                                             .ejector = ejector,
                                                             .tracing = tracing});
  }
  using Verify = transport::TlsClientSettings::Verify;

  test::ReactorWorld world;
  test::H1Codecs codecs;
  upstream::Pools pools{world.reactor, codecs, 1};
  test::LogTaker log;
  upstream::Rotation rotation{world.reactor.turn, log.log};
  upstream::HealthChecker checker{
      {.reactor = world.reactor, .pools = pools, .rotation = rotation, .log = log.log}};
  upstream::Ejector ejector{{.turn = world.reactor.turn,
                             .timers = world.timers,
                             .rotation = rotation,
                             .checker = checker,
                             .log = log.log}};
  Tracing tracing{{.reactor = world.reactor, .pools = pools, .log = log.log}, {}, {}};
  ReloadRecord reloads{.succeeded = 2, .failed = 3, .was_last_good = false};
  Metrics metrics{world.reactor.turn};
};

TEST_F(MetricsTest, StandingOfABackendIsShown) {
  const auto well = backend("well", 0);
  const auto ill = backend("ill", 1);
  install({well, ill});

  world.reactor.turn.now += std::chrono::seconds(90);
  rotation.set_healthy(*ill, false);

  EXPECT_THAT(page(), HasSubstr("\nbackend_health{backend=\"well\"} 1\nbackend_health{backend=\"ill\"} 0\n"));
  EXPECT_THAT(
      page(),
      HasSubstr(
          "\nbackend_uptime_seconds{backend=\"well\"} 90\nbackend_uptime_seconds{backend=\"ill\"} 0\n"));
}

TEST_F(MetricsTest, ABackendThatWasConfiguredAnewIsOneBackend) {
  observe::MetricsShard& worker = metrics.add_worker();
  worker.make_rows(observe::Rows::backend, 3);
  install({backend("b", 0)});
  EXPECT_THAT(page(), HasSubstr("\nbackend_health{backend=\"b\"} 1\n"));

  install({backend("b", 1)});
  for (const uint32_t id : {0U, 1U})
    worker.row(observe::Rows::backend, observe::backend_row(id))
        .add(observe::metric("backend_retries_total").at());

  EXPECT_THAT(page(), HasSubstr("\nbackend_health{backend=\"b\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nbackend_retries_total{backend=\"b\"} 2\n"));
}

TEST_F(MetricsTest, ABackendThatWasRemovedIsNotShown) {
  install({backend("kept", 0), backend("gone", 1)});

  install({backend("kept", 0)});

  EXPECT_THAT(page(), HasSubstr("backend=\"kept\""));
  EXPECT_THAT(page(), Not(HasSubstr("backend=\"gone")));
}

TEST_F(MetricsTest, BackendsBeyondTheLastRowShareAName) {
  constexpr uint32_t kLast = observe::MetricsShard::kRowsMax[static_cast<size_t>(observe::Rows::backend)];
  install({backend("first", 0), backend("late", kLast), backend("later", kLast + 1)});

  EXPECT_THAT(page(), HasSubstr("backend_health{backend=\"_OTHER\"}"));
  EXPECT_THAT(page(), Not(HasSubstr("backend=\"late")));
}

TEST_F(MetricsTest, EjectionsAreShown) {
  const auto failing = backend("failing", 5);
  ejector.install({failing, backend("well", 6)});
  install({failing});

  ejector.handle_report(5);

  EXPECT_THAT(page(), HasSubstr("\nbackend_ejected{backend=\"failing\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nbackend_ejections_total{backend=\"failing\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nbackend_health{backend=\"failing\"} 0\n"));
}

TEST_F(MetricsTest, ReloadsAreShown) {
  EXPECT_THAT(page(), HasSubstr("\nconfig_last_reload_successful 0\n"));
  EXPECT_THAT(page(), HasSubstr("\nconfig_reloads_total{result=\"succeeded\"} 2\n"
                                "config_reloads_total{result=\"failed\"} 3\n"));
}

TEST_F(MetricsTest, ACertificateThatIsNamedTwiceIsShownOnce) {
  test::Certificates certificates;
  const auto files = certificates.make({"example.com"});
  transport::TlsServerSettings settings;
  settings.certificates = {{files.cert_file, files.key_file}, {files.cert_file, files.key_file}};

  metrics.install({}, **transport::TlsContext::make_server(settings));

  const std::string series =
      "tls_certificate_not_after_timestamp_seconds{certificate=\"" + files.cert_file + "\"}";
  const std::string text = page();
  ASSERT_NE(text.find(series), text.npos);
  EXPECT_EQ(text.find(series), text.rfind(series));
}

TEST_F(MetricsTest, ProcessAndLogAreShown) {
  install({});

  EXPECT_THAT(page(), HasSubstr("\nlog_lines_dropped_total 7\n"));
  EXPECT_THAT(page(), HasSubstr("\nquic_proxy_build_info{version=\""));
  EXPECT_THAT(page(), Not(HasSubstr("\nprocess_resident_memory_bytes 0\n")));
}

}  // namespace
}  // namespace qp::server
