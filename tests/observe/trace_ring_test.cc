#include "observe/trace_ring.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace qp::observe {
namespace {

ExchangeRecord sampled(std::string_view path) {
  ExchangeRecord record;
  record.trace = {.trace_id = {1, 2}, .span_id = 3, .is_sampled = true};
  record.path = path;
  return record;
}

std::optional<std::string> take_path(TraceRing& ring) {
  std::string path;
  const bool is_there = ring.take([&](const ExchangeRecord& record) { path = record.path; });
  return is_there ? std::optional(path) : std::nullopt;
}

TEST(TraceRingTest, KeepsWhatWasSampledInItsOrder) {
  TraceRing ring(4);

  ring.exchange_ended(sampled("/1"));
  ring.exchange_ended(sampled("/2"));

  EXPECT_EQ(take_path(ring), "/1");
  EXPECT_EQ(take_path(ring), "/2");
  EXPECT_EQ(take_path(ring), std::nullopt);
}

TEST(TraceRingTest, LetsEverythingElsePass) {
  TraceRing ring(4);
  ExchangeRecord record = sampled("/1");
  record.trace.is_sampled = false;

  ring.exchange_ended(record);

  EXPECT_EQ(take_path(ring), std::nullopt);
  EXPECT_EQ(ring.dropped(), 0U);
}

TEST(TraceRingTest, DropsAndCountsOneMoreThanThereIsRoomFor) {
  TraceRing ring(2);
  for (const std::string_view path : {"/1", "/2", "/3"})
    ring.exchange_ended(sampled(path));

  EXPECT_EQ(ring.dropped(), 1U);
  EXPECT_EQ(take_path(ring), "/1");
  ring.exchange_ended(sampled("/4"));
  EXPECT_EQ(take_path(ring), "/2");
  EXPECT_EQ(take_path(ring), "/4");
}

TEST(TraceRingTest, AsksToBeEmptiedWhenItIsHalfFull) {
  TraceRing ring(4);
  ring.exchange_ended(sampled("/1"));
  EXPECT_FALSE(ring.is_half_full());

  ring.exchange_ended(sampled("/2"));

  EXPECT_TRUE(ring.is_half_full());
}

TEST(TraceRingTest, OwnsEveryText) {
  TraceRing ring(1);
  for (int round = 0; round < 2; ++round) {
    {
      std::string text(100, 'a');
      AttemptRecord attempt{
          .backend = text, .scheme = text, .address = text, .base_path = text, .termination = text};
      const AttemptRecord attempts[] = {attempt, attempt};
      ExchangeRecord record = sampled(text);
      record.trace.state = record.request_id = record.client_ip = record.peer_ip = record.tls_version =
          record.tls_cipher = record.server_name = record.method = record.scheme = record.host =
              record.sent_path = record.referer = record.user_agent = record.route = record.route_path =
                  record.termination = text;
      record.attempts = attempts;
      ring.exchange_ended(record);
      text.assign(100, 'b');
    }

    ring.take([](const ExchangeRecord& record) {
      const std::string expected(100, 'a');
      for (const std::string_view text :
           {record.trace.state, record.request_id, record.client_ip, record.peer_ip, record.tls_version,
            record.tls_cipher, record.server_name, record.method, record.scheme, record.host, record.path,
            record.sent_path, record.referer, record.user_agent, record.route, record.route_path,
            record.termination}) {
        EXPECT_EQ(text, expected);
      }
      ASSERT_EQ(record.attempts.size(), 2U);
      for (const AttemptRecord& attempt : record.attempts) {
        for (const std::string_view text :
             {attempt.backend, attempt.scheme, attempt.address, attempt.base_path, attempt.termination}) {
          EXPECT_EQ(text, expected);
        }
      }
    });
  }
}

TEST(TraceRingTest, CutsWhatIsTooLong) {
  TraceRing ring(1);
  const std::string path(2049, 'a');
  const std::vector<AttemptRecord> attempts(17, AttemptRecord{.backend = "first"});
  std::vector<AttemptRecord> later = attempts;
  later.back().backend = "last";
  ExchangeRecord record = sampled(path);
  record.attempts = later;

  ring.exchange_ended(record);

  ring.take([](const ExchangeRecord& kept) {
    EXPECT_EQ(kept.path.size(), 2048U);
    ASSERT_EQ(kept.attempts.size(), 16U);
    EXPECT_EQ(kept.attempts.back().backend, "last");
  });
}

TEST(TraceRingTest, ServesTwoThreads) {
  constexpr int kCount = 20'000;
  TraceRing ring(8);
  std::thread keeper([&] {
    for (int i = 0; i < kCount; ++i)
      ring.exchange_ended(sampled(std::to_string(i)));
  });

  int last = -1;
  uint64_t taken = 0;
  while (taken + ring.dropped() < kCount) {
    if (const auto path = take_path(ring)) {
      EXPECT_GT(std::stoi(*path), last);
      last = std::stoi(*path);
      ++taken;
    }
  }
  keeper.join();

  EXPECT_EQ(take_path(ring), std::nullopt);
}

}  // namespace
}  // namespace qp::observe
