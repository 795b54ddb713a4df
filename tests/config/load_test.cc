#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace qp::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kTls = "server:\n  tls: {cert_file: a.crt, key_file: a.key}\n";

Loaded load_text(std::string text) {
  return load({.name = "test.yaml", .text = std::move(text)}, [](std::string_view name) {
    return name == "PORT" ? std::optional<std::string>("8443") : std::nullopt;
  });
}

/// Loads what follows a good server section and one backend.
Loaded load_rest(std::string_view server, std::string_view rest) {
  return load_text(
      std::string(kTls).append(server).append("backends: [{name: b, url: 'http://b'}]\n").append(rest));
}

TEST(LoadTest, LeavesDefaultsWhereTheFileSaysNothing) {
  Config expected;
  expected.server.tls.cert_file = "a.crt";
  expected.server.tls.key_file = "a.key";
  expected.backends.resize(1);
  expected.backends[0].name = "b";
  expected.backends[0].url = {Scheme::http, "b", 80, ""};

  const Loaded loaded = load_rest("", "");

  EXPECT_THAT(loaded.complaints, IsEmpty());
  EXPECT_EQ(loaded.config, expected);
}

TEST(LoadTest, TakesQuotedAndPlainValuesAlike) {
  EXPECT_EQ(load_rest("", "health_check: {interval: 30s, enabled: true}\n").config,
            load_rest("", "health_check: {interval: \"30s\", enabled: 'true'}\n").config);
}

TEST(LoadTest, StartsARouteFromTheServersTimeoutsAndTheGlobalBalancer) {
  const Loaded loaded = load_rest("  timeouts: {connect: 1s, request: 2m}\n",
                                  "routes: [{timeouts: {request: off}}]\n"
                                  "load_balancer: {algorithm: weighted}\n");

  ASSERT_EQ(loaded.config.routes.size(), 1U);
  EXPECT_EQ(loaded.config.routes[0].timeouts.connect, 1s);
  EXPECT_EQ(loaded.config.routes[0].timeouts.request, kOff);
  EXPECT_EQ(loaded.config.routes[0].load_balancer.algorithm, Algorithm::weighted);
}

TEST(LoadTest, StartsABackendsPoolFromTheServersWhereverThatStands) {
  const Loaded loaded = load_text(
      "backends: [{name: b, url: 'http://b', pool: {idle_timeout: 5s}}]\n"
      "server:\n"
      "  limits: {pool: {connections_max: 7}}\n"
      "  tls: {cert_file: a.crt, key_file: a.key}\n");

  ASSERT_THAT(loaded.complaints, IsEmpty());
  EXPECT_EQ(loaded.config.backends[0].pool.connections_max, 7U);
  EXPECT_EQ(loaded.config.backends[0].pool.idle_timeout, 5s);
}

TEST(LoadTest, HasABackendWithACommandProveItselfFirstUnlessTheFileSaysOtherwise) {
  const auto states = [](std::string_view rest) {
    const Loaded loaded = load_text(std::string(kTls) + R"(
backends:
  - {name: a, url: 'http://a', command: [run, a]}
  - {name: b, url: 'http://b'}
  - {name: c, url: 'http://c', command: [run, c], health_check: {initial_state: healthy}}
  - {name: d, url: 'http://d', health_check: {initial_state: unhealthy}}
)" + std::string(rest));
    EXPECT_THAT(loaded.complaints, IsEmpty());
    std::vector<InitialState> all;
    for (const Backend& backend : loaded.config.backends)
      all.push_back(initial_state_of(backend));
    return all;
  };
  constexpr auto kIn = InitialState::healthy, kOut = InitialState::unhealthy;

  EXPECT_THAT(states(""), ElementsAre(kOut, kIn, kIn, kOut));
  EXPECT_THAT(states("health_check: {initial_state: auto}"), ElementsAre(kOut, kIn, kIn, kOut));
  EXPECT_THAT(states("health_check: {initial_state: healthy}"), ElementsAre(kIn, kIn, kIn, kOut));
  EXPECT_THAT(states("health_check: {initial_state: unhealthy}"), ElementsAre(kOut, kOut, kIn, kOut));
}

TEST(LoadTest, NamesRoutesThatHaveNoName) {
  const Loaded loaded = load_rest("", R"(
routes:
  - match: {path: /api/*, host: a.example, methods: [get, post]}
  - match: {host: a.example}
  - redirect: {to: /x}
  - name: mine
    match: {path: /mine}
)");

  std::vector<std::string> names;
  for (const Route& route : loaded.config.routes)
    names.push_back(route.name);
  EXPECT_THAT(names, ElementsAre("GET,POST a.example/api/*", "a.example/**", "/**", "mine"));
}

TEST(LoadTest, PutsTheEnvironmentIntoValuesAndNotIntoYaml) {
  EXPECT_EQ(load_rest("  address: \":${PORT}\"\n", "").config.server.address.port, 8443);
  EXPECT_EQ(load_rest("  address: :${OTHER:-9443}\n", "").config.server.address.port, 9443);

  const Loaded loaded = load_rest("  name: \"${OTHER:-a, workers: 3}\"\n", "");
  ASSERT_EQ(loaded.complaints.size(), 1U);
  EXPECT_EQ(loaded.config.server.workers, 0U);
}

TEST(LoadTest, UnderstandsOffAutoAndUnlimited) {
  const Config config = load_rest(
                            "  fallback_address: off\n  workers: auto\n  quic: {keep_alive: off}\n"
                            "  limits: {body_bytes_max: unlimited}\n  alt_svc: {advertised_port: auto}\n",
                            "telemetry: {tracing: {jaeger_endpoint: off}}\n")
                            .config;

  EXPECT_EQ(config.server.fallback_address, std::nullopt);
  EXPECT_EQ(config.server.workers, 0U);
  EXPECT_EQ(config.server.quic.keep_alive, kOff);
  EXPECT_EQ(config.server.limits.body_bytes_max, kUnlimited);
  EXPECT_EQ(config.server.alt_svc.advertised_port, 0);
  EXPECT_EQ(config.telemetry.tracing.jaeger_endpoint, std::nullopt);
}

TEST(LoadTest, AcceptsEachBoundAndNothingOnePastIt) {
  EXPECT_THAT(load_rest("  workers: 1\n", "").complaints, IsEmpty());
  EXPECT_THAT(load_rest("  workers: 1024\n", "").complaints, IsEmpty());
  EXPECT_EQ(load_rest("  workers: 0\n", "").complaints.size(), 1U);
  EXPECT_EQ(load_rest("  workers: 1025\n", "").complaints.size(), 1U);
  EXPECT_THAT(load_rest("  quic: {max_udp_payload: 1200}\n", "").complaints, IsEmpty());
  EXPECT_EQ(load_rest("  quic: {max_udp_payload: 1199}\n", "").complaints.size(), 1U);
}

TEST(LoadTest, ReadsRatios) {
  for (const auto& [text, value] : {std::pair{"0", 0.0}, {"1", 1.0}, {"0.25", 0.25}, {"1e-05", 0.00001}}) {
    const Loaded loaded = load_rest("", std::string("telemetry: {tracing: {sample_ratio: ") + text + "}}\n");
    EXPECT_THAT(loaded.complaints, IsEmpty());
    EXPECT_EQ(loaded.config.telemetry.tracing.sample_ratio, value);
  }
  for (const char* text : {"1.01", "-0.5", "nan", "0,5", "''"}) {
    EXPECT_EQ(load_rest("", std::string("telemetry: {tracing: {sample_ratio: \"") + text + "\"}}\n")
                  .complaints.size(),
              1U);
  }
}

TEST(LoadTest, KnowsThePlaceOfEveryValue) {
  const Loaded loaded = load_rest("  address: \":8443\"\n", "routes:\n  - match:\n      path: /a\n");

  EXPECT_EQ(loaded.marks.of("server.address"), (Mark{3, 12}));
  EXPECT_EQ(loaded.marks.of("backends[0].url"), (Mark{4, 27}));
  EXPECT_EQ(loaded.marks.of("routes[0].match.path"), (Mark{7, 13}));
  EXPECT_EQ(loaded.marks.of("routes[0].match.host"), loaded.marks.of("routes[0].match"));
}

TEST(LoadTest, TakesAnchorsAndAliases) {
  const Loaded loaded = load_rest("",
                                  "routes:\n  - match: {path: /a}\n    timeouts: &fast {connect: 1s}\n"
                                  "  - match: {path: /b}\n    timeouts: *fast\n");

  ASSERT_THAT(loaded.complaints, IsEmpty());
  EXPECT_EQ(loaded.config.routes[1].timeouts.connect, 1s);
}

TEST(LoadTest, TakesAListOf4096ItemsAndNotOneMore) {
  std::string items;
  for (int i = 0; i < 4096; ++i)
    items += "10.0.0.1,";

  EXPECT_THAT(load_rest("  trusted_proxies: [" + items + "]\n", "").complaints, IsEmpty());
  const Loaded loaded = load_rest("  trusted_proxies: [" + items + "10.0.0.2]\n", "");
  ASSERT_EQ(loaded.complaints.size(), 1U);
  EXPECT_EQ(loaded.complaints[0].message, "server.trusted_proxies has 4097 items");
}

TEST(LoadTest, SurvivesAFileThatIsCutAnywhere) {
  const std::string whole =
      std::string(kTls) +
      "  limits: {body_bytes_max: \"${SIZE:-1MiB}\"}\nbackends:\n  - name: b\n    url: 'http://b'\n"
      "routes:\n  - match: {path: /a, methods: [GET]}\n    headers: {request: {set: {X-A: \"b\"}}}\n";
  EXPECT_THAT(load_text(whole).complaints, IsEmpty());

  for (std::size_t size = 0; size < whole.size(); ++size)
    (void)load_text(whole.substr(0, size));
}

}  // namespace
}  // namespace qp::config
