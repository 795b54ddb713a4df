// Sessions on bad and changing networks: loss, order, MTU, new addresses, and what a batch looks like.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/pattern.h"
#include "support/quic_link.h"
#include "transport/quic_session.h"

namespace qp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMebibyte = 1024 * 1024;

// A request on a new stream, and `response` for an answer.
int64_t exchange(QuicLink& link, std::string response) {
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "request");
  EXPECT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));
  link.server.send(id, std::move(response));
  return id;
}

class QuicSessionLossTest : public testing::TestWithParam<uint64_t> {};

TEST_P(QuicSessionLossTest, ATransferSurvivesLossDisorderAndCopies) {
  QuicLink link(GetParam());
  link.network.loss_percent = 10;
  link.network.duplicate_percent = 5;
  link.network.jitter = milliseconds(8);
  ASSERT_TRUE(link.shake_hands());

  const std::string body = pattern(kMebibyte);
  const int64_t id = exchange(link, body);
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(60)));

  EXPECT_TRUE(link.client.inboxes[id].data == body);
  EXPECT_GT(link.server.session->stats().traffic.packets_lost, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QuicSessionLossTest, testing::Range<uint64_t>(1, 9));

TEST(QuicSessionPathTest, EveryCongestionControllerCompletes) {
  for (const transport::Congestion congestion :
       {transport::Congestion::bbr, transport::Congestion::cubic, transport::Congestion::reno}) {
    QuicLink link;
    link.server_settings.congestion = congestion;
    link.network.loss_percent = 1;
    link.network.bytes_per_second = 5'000'000;
    ASSERT_TRUE(link.shake_hands());
    const int64_t id = exchange(link, pattern(kMebibyte));
    EXPECT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }));
  }
}

TEST(QuicSessionPathTest, BbrFillsALongThinPathInSpiteOfLoss) {
  QuicLink link;
  link.network.latency = milliseconds(25);
  link.network.loss_percent = 1;
  link.network.bytes_per_second = 25'000'000;
  ASSERT_TRUE(link.shake_hands());
  link.client_settings.stream_window_bytes = 6 * kMebibyte;
  const TimePoint begin = link.now;

  const int64_t id = exchange(link, pattern(20 * kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(60)));

  const double took = std::chrono::duration<double>(link.now - begin).count();
  EXPECT_GT(20.0 * kMebibyte / took, 9e6);
}

TEST(QuicSessionPathTest, FindsTheLargestDatagramThatThePathCarries) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = exchange(link, pattern(kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }));

  EXPECT_EQ(link.server_batches.back().segment_bytes <= 1452, true);
  EXPECT_TRUE(
      std::ranges::any_of(link.server_batches, [](const auto& b) { return b.segment_bytes == 1452; }));
}

TEST(QuicSessionPathTest, LiveWithTheLeastDatagramOnAPathThatCarriesNoMore) {
  QuicLink link;
  link.network.datagram_bytes_max = 1200;
  ASSERT_TRUE(link.shake_hands());

  const std::string body = pattern(kMebibyte);
  const int64_t id = exchange(link, body);
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }));

  EXPECT_TRUE(link.client.inboxes[id].data == body);
  EXPECT_EQ(link.server.session->stats().traffic.packets_lost, 0u);  // probes that vanish are no losses
}

TEST(QuicSessionPathTest, RecoversFromAPathThatBecomesNarrow) {
  QuicLink link;
  link.network.bytes_per_second = 2'000'000;
  ASSERT_TRUE(link.shake_hands());
  const std::string body = pattern(4 * kMebibyte);
  const int64_t id = exchange(link, body);
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].data.size() > kMebibyte; }));

  link.network.datagram_bytes_max = 1280;
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(60)));

  EXPECT_TRUE(link.client.inboxes[id].data == body);
}

TEST(QuicSessionPathTest, ANewAddressCountsOnlyWhenItIsValidated) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.run_for(seconds(1));
  const Address moved = Address::parse("10.0.0.99", 50000).value();

  link.rebind_client(moved);
  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "from elsewhere");
  ASSERT_TRUE(link.run_until([&] { return link.server.inboxes[id].is_ended; }));
  EXPECT_TRUE(link.server.validated.empty());

  ASSERT_TRUE(link.run_until([&] { return !link.server.validated.empty(); }, seconds(2)));
  EXPECT_EQ(link.server.validated.front(), moved);
}

TEST(QuicSessionPathTest, ATransferFollowsTheClientToItsNewAddress) {
  QuicLink link;
  link.network.bytes_per_second = 2'000'000;
  ASSERT_TRUE(link.shake_hands());
  const std::string body = pattern(4 * kMebibyte);
  const int64_t id = exchange(link, body);
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].data.size() > kMebibyte; }));

  link.rebind_client(Address::parse("10.0.0.1", 40001).value());
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(60)));

  EXPECT_TRUE(link.client.inboxes[id].data == body);
}

TEST(QuicSessionPathTest, ASpoofedAddressIsNeverValidated) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.run_for(seconds(1));
  const Address home = link.client_address;
  const int64_t id = link.client.session->open_bidirectional().value();

  // One packet seems to come from elsewhere; nobody answers there.
  std::array<unsigned char, 64 * 1024> buffer;
  link.client.send(id, "genuine bytes", false);
  const transport::Outgoing batch = link.client.session->write(buffer, link.now);
  ASSERT_TRUE(link.server.session->handle(std::span(buffer).first(batch.bytes), link.server_address,
                                          Address::parse("192.0.2.1", 1).value(), 0, link.now));
  link.run_for(seconds(5));

  EXPECT_TRUE(std::ranges::all_of(link.server.validated, [&](const Address& a) { return a == home; }));
  link.server.send(id, "to the old address");
  EXPECT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(10)));
}

TEST(QuicSessionPathTest, MarksItsPacketsForEcn) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = exchange(link, pattern(kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }));

  EXPECT_EQ(link.server_batches.back().ecn, 2);  // ECT(0)
}

TEST(QuicSessionPathTest, GivesEcnUpWhereThePathWashesItOff) {
  QuicLink link;
  link.network.ecn_mask = 0;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = exchange(link, pattern(kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }));

  EXPECT_EQ(link.server_batches.back().ecn, 0);
}

// Joins the sizes of a batch's datagrams: all of one size, and a last one that is not longer.
class QuicSessionBatchTest : public testing::TestWithParam<int> {};

TEST_P(QuicSessionBatchTest, OneWriteFillsItsBufferWithDatagramsOfOneSize) {
  const int stream_count = GetParam();
  QuicLink link;
  link.client_settings.stream_window_bytes = 16 * kMebibyte;
  link.client_settings.connection_window_bytes = 64 * kMebibyte;
  ASSERT_TRUE(link.shake_hands());
  const size_t size = 12 * kMebibyte / static_cast<size_t>(stream_count);
  std::vector<int64_t> ids;
  for (int i = 0; i < stream_count; ++i)
    ids.push_back(exchange(link, ""));
  link.server_batches.clear();

  ids.clear();
  for (int i = 0; i < stream_count; ++i) {
    const int64_t id = link.client.session->open_bidirectional().value();
    link.client.send(id, "request");
    ids.push_back(id);
  }
  ASSERT_TRUE(link.run_until([&] {
    return std::ranges::all_of(ids, [&](int64_t id) { return link.server.inboxes[id].is_ended; });
  }));
  for (const int64_t id : ids)
    link.server.send(id, pattern(size));
  ASSERT_TRUE(link.run_until([&] {
    return std::ranges::all_of(ids, [&](int64_t id) { return link.client.inboxes[id].is_ended; });
  }));

  const auto full = std::ranges::count_if(link.server_batches, [](const transport::Outgoing& batch) {
    return batch.segment_bytes == 1452 && batch.bytes == 45 * 1452;
  });
  EXPECT_GE(static_cast<size_t>(full) * 45 * 1452, 6 * kMebibyte);
}

INSTANTIATE_TEST_SUITE_P(Streams, QuicSessionBatchTest, testing::Values(1, 10, 40));

TEST(QuicSessionPathTest, PacesWhatItSends) {
  QuicLink link;
  link.network.bytes_per_second = 1'000'000;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = exchange(link, pattern(4 * kMebibyte));
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].data.size() > 2 * kMebibyte; }));
  link.server_batches.clear();
  ASSERT_TRUE(link.run_until([&] { return link.client.inboxes[id].is_ended; }, seconds(30)));

  for (const transport::Outgoing& batch : link.server_batches)
    EXPECT_LE(batch.bytes, 8 * 1452u);
}

}  // namespace
}  // namespace qp::test
