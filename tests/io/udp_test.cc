#include "io/udp.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "io/event_loop.h"

namespace qp::io {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

class Ignore final : public EventHandler {
 public:
  void handle_events(Events /*events*/, const Turn& /*turn*/) override {}
};

struct Received {
  Address local;
  Address remote;
  uint8_t ecn;
  std::string bytes;
};

Address loopback(std::string_view ip = "127.0.0.1", uint16_t port = 0) {
  return Address::parse(ip, port).value();
}

UdpSocket open(std::string_view ip, UdpOptions options = {}) {
  return UdpSocket::bind(loopback(ip), options).value();
}

// `count` datagrams' worth of bytes, each datagram recognizable.
std::string payload(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i)
    text[i] = static_cast<char>('!' + i % 89);
  return text;
}

void send(UdpSocket& socket, std::string_view bytes, size_t segment, const Address& remote, uint8_t ecn = 0,
          const Address& local = {}) {
  const std::span<unsigned char> into = socket.reserve(bytes.size());
  ASSERT_EQ(into.size(), bytes.size());
  std::ranges::copy(bytes, into.begin());
  socket.commit(bytes.size(), segment, local, remote, ecn);
}

// Reads until `count` datagrams are there; loopback delivers before send returns, so that waiting is the
// exception.
std::vector<Received> receive(UdpSocket& socket, size_t count) {
  std::vector<Received> all;
  EventLoop loop;
  Ignore ignore;
  EXPECT_TRUE(loop.add(socket.fd(), ignore));
  const TimePoint end = EventLoop::read_clock().now + std::chrono::seconds(10);
  while (all.size() < count && EventLoop::read_clock().now < end) {
    const std::span<Datagram> batch = socket.receive();
    EXPECT_LE(batch.size(), UdpSocket::kDatagramsMax);
    for (const Datagram& datagram : batch) {
      all.push_back({datagram.local, datagram.remote, datagram.ecn,
                     std::string(datagram.bytes.begin(), datagram.bytes.end())});
    }
    if (batch.empty()) loop.poll(end);
  }
  return all;
}

std::string joined(const std::vector<Received>& datagrams) {
  std::string text;
  for (const Received& datagram : datagrams)
    text += datagram.bytes;
  return text;
}

std::vector<size_t> sizes(const std::vector<Received>& datagrams) {
  std::vector<size_t> all;
  for (const Received& datagram : datagrams)
    all.push_back(datagram.bytes.size());
  return all;
}

struct Case {
  const char* name;
  const char* server_ip;
  const char* client_ip;  // the server's address as the client sees it
  bool offload;
};

class UdpTest : public testing::TestWithParam<Case> {
 protected:
  UdpSocket server_ = open(GetParam().server_ip, {.offload = GetParam().offload});
  UdpSocket client_ = open(GetParam().client_ip, {.offload = GetParam().offload});
  const Address to_server_ = loopback(GetParam().client_ip, server_.local().port());
};

TEST_P(UdpTest, CarriesABatchAndCutsItAsItWasCommitted) {
  const std::string bytes = payload(30 * 1200 + 77);

  send(client_, bytes, 1200, to_server_);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 31);

  ASSERT_THAT(datagrams, SizeIs(31));
  std::vector<size_t> expected(30, 1200);
  expected.push_back(77);
  EXPECT_EQ(sizes(datagrams), expected);
  EXPECT_EQ(joined(datagrams), bytes);
  EXPECT_EQ(client_.stats().datagrams_sent, 31u);
  EXPECT_EQ(client_.stats().batches_sent, GetParam().offload ? 1u : 31u);
  EXPECT_EQ(client_.stats().sent_batches[batch_class(GetParam().offload ? 31 : 1)],
            client_.stats().batches_sent);
  const BatchSizes& received = server_.stats().received_batches;
  EXPECT_EQ(received[batch_class(GetParam().offload ? 31 : 1)], GetParam().offload ? 1u : 31u);
  EXPECT_EQ(client_.stats().send_calls, 1u);
  EXPECT_EQ(server_.stats().datagrams_received, 31u);
  EXPECT_EQ(client_.stats().send_errors, 0u);
}

TEST_P(UdpTest, TellsWhereADatagramCameFromAndWhereItArrived) {
  send(client_, "ping", 4, to_server_);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 1);

  ASSERT_THAT(datagrams, SizeIs(1));
  EXPECT_EQ(datagrams[0].local.unmapped(), to_server_);
  EXPECT_EQ(datagrams[0].remote.port(), client_.local().port());
  EXPECT_EQ(datagrams[0].remote.ip_text(), GetParam().client_ip);
}

TEST_P(UdpTest, AnswersFromTheAddressThatWasAsked) {
  send(client_, "ping", 4, to_server_);
  client_.flush();
  const std::vector<Received> asked = receive(server_, 1);
  ASSERT_THAT(asked, SizeIs(1));

  send(server_, "pong", 4, asked[0].remote, 0, asked[0].local);
  server_.flush();
  const std::vector<Received> answered = receive(client_, 1);

  ASSERT_THAT(answered, SizeIs(1));
  EXPECT_EQ(answered[0].bytes, "pong");
  EXPECT_EQ(answered[0].remote, to_server_);
  EXPECT_EQ(server_.stats().send_errors, 0u);
}

TEST_P(UdpTest, CarriesTheEcnBits) {
  for (const uint8_t ecn : std::array<uint8_t, 4>{0, 1, 2, 3})
    send(client_, payload(ecn + 1u), 10, to_server_, ecn);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 4);

  ASSERT_THAT(datagrams, SizeIs(4));
  for (const Received& datagram : datagrams)
    EXPECT_EQ(datagram.ecn, datagram.bytes.size() - 1);
}

TEST_P(UdpTest, CarriesTheEcnBitsOfAnAnswer) {
  send(client_, "ping", 4, to_server_);
  client_.flush();
  const Received asked = receive(server_, 1).at(0);

  send(server_, payload(2500), 1000, asked.remote, 2, asked.local);
  server_.flush();
  const std::vector<Received> answered = receive(client_, 3);

  ASSERT_THAT(answered, SizeIs(3));
  for (const Received& datagram : answered)
    EXPECT_EQ(datagram.ecn, 2);
}

TEST_P(UdpTest, SendsMoreSegmentsThanOneMessageTakes) {
  send(client_, payload(200 * 100), 100, to_server_);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 200);

  ASSERT_THAT(datagrams, SizeIs(200));
  EXPECT_THAT(sizes(datagrams), Each(100u));
  EXPECT_EQ(joined(datagrams), payload(200 * 100));
  EXPECT_EQ(client_.stats().send_errors, 0u);
}

TEST_P(UdpTest, SendsABatchOfTheLargestSize) {
  const std::string bytes = payload(UdpSocket::kBatchBytesMax);

  send(client_, bytes, 1452, to_server_);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 46);

  ASSERT_THAT(datagrams, SizeIs(46));
  EXPECT_EQ(joined(datagrams), bytes);
}

TEST_P(UdpTest, MakesABatchOfPacketsCommittedOneByOne) {
  const std::string bytes = payload(10 * 1000 + 5);

  for (size_t at = 0; at < bytes.size(); at += 1000) {
    const std::string_view packet = std::string_view(bytes).substr(at, 1000);
    send(client_, packet, packet.size(), to_server_);
  }
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 11);

  EXPECT_EQ(joined(datagrams), bytes);
  EXPECT_EQ(client_.stats().batches_sent, GetParam().offload ? 1u : 11u);
}

TEST_P(UdpTest, DoesNotAppendToABatchThatEndsShortOrGoesElsewhere) {
  send(client_, "abcde", 3, to_server_);
  send(client_, "fgh", 3, to_server_);
  send(client_, "ijk", 3, to_server_, 1);
  send(client_, "lmnop", 5, to_server_, 1);
  client_.flush();
  const std::vector<Received> datagrams = receive(server_, 5);

  ASSERT_THAT(datagrams, SizeIs(5));
  EXPECT_EQ(datagrams[1].bytes, "de");
  EXPECT_EQ(datagrams[2].bytes, "fgh");
  EXPECT_EQ(datagrams[3].bytes, "ijk");
  EXPECT_EQ(datagrams[3].ecn, 1);
  EXPECT_EQ(datagrams[4].bytes, "lmnop");
}

TEST_P(UdpTest, FlushesByItselfWhenTheQueueIsFull) {
  for (size_t i = 0; i < 40; ++i)
    send(client_, payload(1 + i), 100, to_server_, i % 2 == 0 ? 1 : 2);
  EXPECT_GT(client_.stats().datagrams_sent, 0u);
  client_.flush();

  EXPECT_THAT(receive(server_, 40), SizeIs(40));
}

TEST_P(UdpTest, HasNothingWhenNothingCame) {
  EXPECT_TRUE(server_.receive().empty());
  EXPECT_FALSE(server_.may_have_more());
}

TEST_P(UdpTest, KnowsWhenTheQueueIsEmptyWithoutAskingTwice) {
  send(client_, "ping", 4, to_server_);
  client_.flush();

  ASSERT_THAT(receive(server_, 1), SizeIs(1));

  EXPECT_FALSE(server_.may_have_more());
  EXPECT_EQ(server_.stats().receive_calls, 1u);
}

TEST_P(UdpTest, DropsAndCountsABatchWithNoWayToItsPeer) {
  const Address elsewhere =
      loopback(GetParam().client_ip == std::string_view("::1") ? "ff00::" : "0.0.0.0", 0);
  send(client_, "abcdef", 2, elsewhere);  // port 0 is nobody's
  send(client_, "gh", 2, to_server_);
  client_.flush();

  EXPECT_EQ(joined(receive(server_, 1)), "gh");
  EXPECT_EQ(client_.stats().send_errors, 3u);
  EXPECT_FALSE(client_.is_blocked());
  EXPECT_EQ(client_.stats().segmentation_refused, 0u);
  EXPECT_EQ(client_.has_segmentation(), GetParam().offload);
}

INSTANTIATE_TEST_SUITE_P(Wires, UdpTest,
                         testing::Values(Case{"Ipv4", "127.0.0.1", "127.0.0.1", true},
                                         Case{"Ipv4WithoutOffload", "127.0.0.1", "127.0.0.1", false},
                                         Case{"Ipv6", "::1", "::1", true},
                                         Case{"Ipv6WithoutOffload", "::1", "::1", false},
                                         Case{"Ipv4OnDualStack", "", "127.0.0.1", true},
                                         Case{"Ipv4OnDualStackWithoutOffload", "", "127.0.0.1", false},
                                         Case{"Ipv6OnDualStack", "", "::1", true}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(UdpSocketTest, AnswersFromTheOtherLoopbackAddressesToo) {
  UdpSocket server = open("");
  UdpSocket client = open("127.0.0.1");
  const Address asked = loopback("127.0.0.77", server.local().port());
  send(client, "ping", 4, asked);
  client.flush();
  const Received ping = receive(server, 1).at(0);
  EXPECT_EQ(ping.local.unmapped(), asked);

  send(server, "pong", 4, ping.remote, 0, ping.local);
  server.flush();

  EXPECT_EQ(receive(client, 1).at(0).remote, asked);
}

TEST(UdpSocketTest, SendsTheSameBytesWithoutSegmentationWhereThatIsRefused) {
  UdpSocket server = open("127.0.0.1");
  UdpSocket client = open("127.0.0.1");
  ASSERT_TRUE(client.has_segmentation());
  const int on = 1;  // without checksums the kernel refuses to segment
  ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
  const std::string bytes = payload(20 * 1200);

  send(client, bytes, 1200, server.local());
  client.flush();
  const std::vector<Received> datagrams = receive(server, 20);

  EXPECT_EQ(joined(datagrams), bytes);
  EXPECT_EQ(client.stats().segmentation_refused, 1u);
  EXPECT_EQ(client.stats().send_errors, 0u);
  EXPECT_FALSE(client.has_segmentation());
  send(client, bytes, 1200, server.local());
  client.flush();
  EXPECT_EQ(client.stats().segmentation_refused, 1u);
}

TEST(UdpSocketTest, SplitsMoreDatagramsThanABatchHoldsOverSeveral) {
  UdpSocket server = open("127.0.0.1");
  UdpSocket client = open("127.0.0.1");
  send(client, payload(UdpSocket::kDatagramsMax * 10 + 10), 10, server.local());
  client.flush();

  EXPECT_EQ(server.receive().size(), UdpSocket::kDatagramsMax);
  EXPECT_TRUE(server.may_have_more());
  EXPECT_EQ(server.receive().size(), 1u);
  EXPECT_FALSE(server.may_have_more());
}

TEST(UdpSocketTest, CountsWhatTheKernelDropped) {
  UdpSocket server = open("127.0.0.1", {.receive_buffer_bytes = 4096, .offload = false});
  UdpSocket client = open("127.0.0.1", {.offload = false});
  for (int i = 0; i < 50; ++i)
    send(client, payload(1200), 1200, server.local());
  client.flush();
  const size_t kept = server.receive().size();
  EXPECT_LT(kept, 50u);

  send(client, "after", 5, server.local());  // the figure comes with the next datagram
  client.flush();
  ASSERT_THAT(receive(server, 1), SizeIs(1));

  EXPECT_EQ(server.stats().receive_drops, 50u - kept);
}

TEST(UdpSocketTest, TellsTheReceiveBufferThatWasGranted) {
  EXPECT_GE(open("127.0.0.1", {.receive_buffer_bytes = 65536}).receive_buffer_bytes(), 65536);
}

TEST(UdpSocketTest, ReportsAnAddressInUse) {
  const UdpSocket first = open("127.0.0.1", {.reuse_port = false});

  const Result<UdpSocket> second = UdpSocket::bind(first.local(), {.reuse_port = false});

  EXPECT_EQ(second.error().code, ErrorCode::address_in_use);
}

TEST(UdpSocketTest, IsSteeredByAByteOfTheShortHeader) {
  UdpSocket first = open("127.0.0.1");
  UdpSocket second = UdpSocket::bind(first.local(), {}).value();
  const Result<> steered = steer_by_byte(first.fd(), 2, 2);
  if (!steered) GTEST_SKIP() << steered.error().detail;
  std::vector<UdpSocket> clients;
  for (int i = 0; i < 8; ++i)
    clients.push_back(open("127.0.0.1"));

  for (UdpSocket& client : clients) {
    send(client, std::string("\x40_\x07 odd", 7), 7, first.local());
    send(client, std::string("\x40_\x04 even", 8), 8, first.local());
    client.flush();
  }

  const std::vector<Received> even = receive(first, 8);
  const std::vector<Received> odd = receive(second, 8);
  ASSERT_THAT(even, SizeIs(8));
  ASSERT_THAT(odd, SizeIs(8));
  EXPECT_THAT(sizes(even), Each(8u));
  EXPECT_THAT(sizes(odd), Each(7u));
}

TEST(UdpSocketTest, IsNotSteeredByTheByteOfALongHeader) {
  UdpSocket first = open("127.0.0.1");
  UdpSocket second = UdpSocket::bind(first.local(), {}).value();
  if (!steer_by_byte(first.fd(), 2, 2)) GTEST_SKIP();
  constexpr size_t kClients = 64;
  for (size_t i = 0; i < kClients; ++i) {
    UdpSocket client = open("127.0.0.1");
    send(client, "\xc0_\x07", 3, first.local());
    client.flush();
  }

  size_t at_first = 0;
  while (const size_t count = first.receive().size())
    at_first += count;
  size_t at_second = 0;
  while (const size_t count = second.receive().size())
    at_second += count;
  EXPECT_EQ(at_first + at_second, kClients);
  EXPECT_GT(at_first, 0u);  // the chance of a false alarm is 2^-63
  EXPECT_GT(at_second, 0u);
}

}  // namespace
}  // namespace qp::io
