// What a line costs the thread that logs it.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/log.h"
#include "observe/access_log.h"

namespace qp {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'795'411'284'123)};

void empty(LogRing& ring) {
  const auto [first, second] = ring.readable();
  ring.consume(first.size() + second.size());
}

constexpr TimePoint kBegan{std::chrono::seconds(1)};
constexpr std::chrono::microseconds operator""_us(unsigned long long us) {
  return std::chrono::microseconds(us);
}
const observe::AttemptRecord kAttempts[] = {{.backend = "backend-1",
                                             .began = kBegan + 1000_us,
                                             .connected = kBegan + 1000_us,
                                             .first_byte = kBegan + 10000_us,
                                             .ended = kBegan + 12000_us,
                                             .status = 200,
                                             .is_reused = true}};

observe::ExchangeRecord usual_record() {
  return {.time = kNow,
          .began = kBegan,
          .first_byte = kBegan + 10007_us,
          .ended = kBegan + 12345_us,
          .request_id = "0192f7a4c1d2e3f4",
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
          .user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
          .route = "api",
          .status = 200,
          .bytes_in = 0,
          .bytes_out = 5120,
          .termination = "ok",
          .quic = observe::ExchangeRecord::Quic{.rtt = 25040_us, .packets_lost = 3},
          .attempts = kAttempts};
}

void access_line(benchmark::State& state) {
  LogRing ring;
  Random random(1);
  observe::AccessLog log(ring, random,
                         {.format = static_cast<observe::AccessLogFormat>(state.range(0)),
                          .custom = *AccessTemplate::parse(
                              "{client_ip} [{time}] \"{method} {path} {version}\" {status} {bytes_out}")});
  observe::ExchangeRecord record = usual_record();
  for (auto _ : state) {
    record.time += std::chrono::microseconds(20);
    log.exchange_ended(record);
    empty(ring);
  }
}
BENCHMARK(access_line)
    ->ArgName("format")
    ->Arg(static_cast<int64_t>(observe::AccessLogFormat::json))
    ->Arg(static_cast<int64_t>(observe::AccessLogFormat::combined))
    ->Arg(static_cast<int64_t>(observe::AccessLogFormat::custom));

void event_line(benchmark::State& state) {
  LogRing ring;
  const std::atomic<LogLevel> level = LogLevel::info;
  Log log(ring, level, LogFormat::json);
  log.begin_turn(kNow);
  for (auto _ : state) {
    log.warn("Health check failed").field("backend", "api-1").field("failures", 3);
    empty(ring);
  }
}
BENCHMARK(event_line);

void line_below_the_level(benchmark::State& state) {
  LogRing ring;
  const std::atomic<LogLevel> level = LogLevel::info;
  Log log(ring, level, LogFormat::json);
  for (auto _ : state)
    log.debug("Connected").field("backend", "api-1").field("attempt", 3);
}
BENCHMARK(line_below_the_level);

}  // namespace
}  // namespace qp
