#include "transport/quic_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/pattern.h"
#include "support/quic_link.h"

namespace qp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMebibyte = 1024 * 1024;

TEST(QuicSessionTest, HandshakeCompletesOnBothSides) {
  QuicLink link;

  ASSERT_TRUE(link.shake_hands());

  EXPECT_TRUE(link.client.is_transmission_enabled);
  EXPECT_TRUE(link.server.is_transmission_enabled);
  EXPECT_TRUE(link.client.session->is_handshake_completed());
  EXPECT_EQ(link.server.session->server_name(), "example.com");
  EXPECT_EQ(link.server.session->cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(link.client.streams_allowed_total, 100u);
}

TEST(QuicSessionTest, HandshakeTakesOneRoundTrip) {
  QuicLink link;
  const TimePoint begin = link.now;
  link.connect();

  ASSERT_TRUE(link.run_until([&] { return link.client.is_handshake_completed; }));

  EXPECT_EQ(link.now - begin, milliseconds(20));
}

TEST(QuicSessionTest, SpeaksVersion2) {
  QuicLink link;
  link.client_settings.version = transport::kQuicV2;

  EXPECT_TRUE(link.shake_hands());
}

TEST(QuicSessionTest, RetryCostsOneRoundTripAndProvesTheAddress) {
  QuicLink link;
  link.admission = QuicLink::Admission::retry;
  const TimePoint begin = link.now;
  link.connect();

  ASSERT_TRUE(link.run_until([&] { return link.client.is_handshake_completed; }));

  EXPECT_EQ(link.retries_sent, 1);
  EXPECT_EQ(link.now - begin, milliseconds(40));
}

TEST(QuicSessionTest, RetryWorksInVersion2) {
  QuicLink link;
  link.admission = QuicLink::Admission::retry;
  link.client_settings.version = transport::kQuicV2;

  EXPECT_TRUE(link.shake_hands());
  EXPECT_EQ(link.retries_sent, 1);
}

TEST(QuicSessionTest, SendsAtMostThreeTimesWhatAnUnvalidatedClientSent) {
  QuicLink link;
  link.connect();
  ASSERT_TRUE(link.run_until([&] { return link.server.session != nullptr; }));
  link.network.loss_percent = 100;  // the client falls silent

  link.run_for(seconds(5));

  size_t received = 0;
  size_t sent = 0;
  for (const transport::Outgoing& batch : link.client_batches)
    received += batch.bytes;
  for (const transport::Outgoing& batch : link.server_batches)
    sent += batch.bytes;
  EXPECT_FALSE(link.server.is_handshake_completed);
  EXPECT_GT(sent, 0u);
  EXPECT_LE(sent, 3 * received);
}

TEST(QuicSessionTest, RefusesAServerWhoseCertificateNamesAnother) {
  QuicLink link;
  link.connect("elsewhere.test");

  ASSERT_TRUE(
      link.run_until([&] { return link.server.session != nullptr && link.server.session->is_draining(); }));

  ASSERT_FALSE(link.client_end);
  EXPECT_EQ(link.client_end.error().code, ErrorCode::tls) << link.client_end.error().detail;
  EXPECT_EQ(link.server.session->close_cause().by, transport::QuicClose::By::peer);
  EXPECT_EQ(link.server.session->close_cause().code, 0x12au);  // CRYPTO_ERROR of the alert bad_certificate
}

TEST(QuicSessionTest, CarriesAMebibyteBothWaysOnOneStream) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  const std::string up = pattern(kMebibyte, 2);
  const std::string down = pattern(kMebibyte, 3);

  link.client.send(id, up);
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes.contains(id); }));
  link.server.send(id, down);
  ASSERT_TRUE(
      link.run_until([&] { return link.client.inboxes[id].is_closed && link.server.inboxes[id].is_closed; }));

  EXPECT_TRUE(link.server.inboxes[id].data == up);
  EXPECT_TRUE(link.client.inboxes[id].data == down);
  EXPECT_EQ(link.client.outboxes[id].acked, up.size());
  EXPECT_EQ(link.server.outboxes[id].acked, down.size());
}

TEST(QuicSessionTest, CarriesManyStreamsAtOnce) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  std::vector<int64_t> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(link.client.session->open_bidirectional().value());

  for (const int64_t id : ids)
    link.client.send(id, pattern(3000, static_cast<uint64_t>(id)));
  ASSERT_TRUE(link.run_until([&] {
    return std::ranges::all_of(ids, [&](int64_t id) { return link.server.inboxes[id].is_ended; });
  }));

  for (const int64_t id : ids) {
    EXPECT_TRUE(link.server.inboxes[id].data == pattern(3000, static_cast<uint64_t>(id))) << id;
  }
}

TEST(QuicSessionTest, OneStreamMoreThanAllowedHasToWait) {
  QuicLink link;
  link.server_settings.streams_max = 3;
  ASSERT_TRUE(link.shake_hands());
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(link.client.session->open_bidirectional());

  const Result<int64_t> fourth = link.client.session->open_bidirectional();

  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, ErrorCode::would_block);
}

TEST(QuicSessionTest, AClosedStreamMakesRoomForAnother) {
  QuicLink link;
  link.server_settings.streams_max = 1;
  ASSERT_TRUE(link.shake_hands());
  const int64_t first = link.client.session->open_bidirectional().value();

  link.client.send(first, "request");
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[first].is_ended; }));
  link.server.send(first, "response");
  ASSERT_TRUE(link.run_until([&] { return link.client.streams_allowed_total == 2; }));

  EXPECT_TRUE(link.client.session->open_bidirectional());
}

TEST(QuicSessionTest, UnidirectionalStreamsReplaceEachOtherForEver) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());

  for (int i = 0; i < 50; ++i) {
    const Result<int64_t> id = link.client.session->open_unidirectional();
    ASSERT_TRUE(id) << i;
    link.client.send(*id, "x");
    ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[*id].is_closed; }));
    link.run_for(milliseconds(50));
  }
}

TEST(QuicSessionTest, AStreamStopsAtItsWindowAndGoesOnWhenItOpens) {
  QuicLink link;
  link.server_settings.stream_window_bytes = 10'000;
  link.server.consuming = QuicPeer::Consume::never;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  const std::string body = pattern(50'000);

  link.client.send(id, body);
  link.run_for(seconds(1));

  EXPECT_EQ(link.server.inboxes[id].data.size(), 10'000u);
  EXPECT_TRUE(link.client.outboxes[id].is_blocked);

  link.server.consuming = QuicPeer::Consume::at_once;
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));
  EXPECT_TRUE(link.server.inboxes[id].data == body);
}

TEST(QuicSessionTest, TheConnectionWindowBlamesNoStream) {
  QuicLink link;
  link.server_settings.connection_window_bytes = 20'000;
  link.server.consuming = QuicPeer::Consume::never;
  ASSERT_TRUE(link.shake_hands());
  const int64_t first = link.client.session->open_bidirectional().value();
  const int64_t second = link.client.session->open_bidirectional().value();

  link.client.send(first, pattern(15'000));
  link.client.send(second, pattern(15'000));
  link.run_for(seconds(1));

  EXPECT_EQ(link.server.inboxes[first].data.size() + link.server.inboxes[second].data.size(), 20'000u);
  EXPECT_EQ(link.client.blocked_count, 0);

  link.server.consuming = QuicPeer::Consume::at_once;
  EXPECT_TRUE(link.run_until(
      [&] { return link.server.inboxes[first].is_ended && link.server.inboxes[second].is_ended; }));
}

TEST(QuicSessionTest, WindowsGrowWithTheBandwidthDelayProduct) {
  QuicLink link;
  link.network.latency = milliseconds(50);
  link.server_settings.stream_window_bytes = 64 * 1024;
  link.server_settings.connection_window_bytes = 64 * 1024;
  link.server_settings.stream_window_bytes_max = 4 * kMebibyte;
  link.server_settings.connection_window_bytes_max = 4 * kMebibyte;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();

  link.client.send(id, pattern(16 * kMebibyte));
  // With 64 KiB a round trip of 100 ms it would take 25 seconds.
  EXPECT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }, seconds(8)));
}

TEST(QuicSessionTest, ResetsTravelBothWays) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "part", false);
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].data == "part"; }));

  link.client.session->reset_stream(id, 0x10c);
  link.server.session->reset_stream(id, 0x102);
  ASSERT_TRUE(
      link.run_until([&] { return link.client.inboxes[id].is_closed && link.server.inboxes[id].is_closed; }));

  EXPECT_EQ(link.server.inboxes[id].resets, std::vector<uint64_t>{0x10c});
  EXPECT_EQ(link.client.inboxes[id].resets, std::vector<uint64_t>{0x102});
}

TEST(QuicSessionTest, AStoppedStreamTakesNoMoreBytes) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "request");
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));
  link.network.bytes_per_second = 1'000'000;
  link.server.send(id, pattern(10 * kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].data.size() > 100'000; }));

  link.client.session->stop_stream(id, 0x10c);
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_closed; }, seconds(5)));

  EXPECT_TRUE(link.server.outboxes[id].is_write_closed);
  EXPECT_EQ(link.server.inboxes[id].stops, std::vector<uint64_t>{0x10c});
  EXPECT_LT(link.server.outboxes[id].taken, 10 * kMebibyte);
}

TEST(QuicSessionTest, AStoppedStreamThatWasQuietIsToldWithinTwoRoundTrips) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "request");
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));

  link.client.session->stop_stream(id, 0x10c);
  ASSERT_TRUE(link.run_until([&] { return !link.server.inboxes[id].stops.empty(); }, milliseconds(40)));

  EXPECT_EQ(link.server.inboxes[id].stops, std::vector<uint64_t>{0x10c});
}

TEST(QuicSessionTest, AnEndWithoutBytesArrives) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();

  link.client.send(id, "");
  EXPECT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));
}

TEST(QuicSessionTest, CountsWhatItSent) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, pattern(kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.outboxes[id].acked == kMebibyte; }));

  const transport::QuicStats stats = link.client.session->stats();

  EXPECT_GT(stats.traffic.bytes_sent, kMebibyte);
  EXPECT_GT(stats.traffic.packets_sent, kMebibyte / 1452);
  EXPECT_GT(stats.congestion_window_bytes, 10'000u);
  EXPECT_EQ(stats.traffic.packets_lost, 0u);
  EXPECT_NEAR(static_cast<double>(stats.smoothed_rtt.count()), 20e6, 5e6);
}

TEST(QuicSessionTest, GivesItsConnectionIdsBack) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  EXPECT_GT(link.server.ids.size(), 1u);

  link.server.session.reset();

  EXPECT_TRUE(link.server.ids.empty());
}

}  // namespace
}  // namespace qp::test
