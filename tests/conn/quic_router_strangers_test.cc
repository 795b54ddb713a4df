// What a router does with datagrams that belong to no connection: it answers without state, or not at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "conn/quic_router.h"
#include "support/quic_router_world.h"

namespace qp::conn {
namespace {

using QuicStrangersTest = test::QuicRouterWorld;

TEST_F(QuicStrangersTest, ProvesAddressesByRetry) {
  QuicRouterOptions options = server_options();
  options.retry = QuicRouterOptions::Retry::always;
  QuicRouter* server = make(options);
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_handshake_completed(); });

  EXPECT_EQ(server->stats().retries_sent, 1u);
  EXPECT_EQ(server->stats().retries_validated, 1u);
  EXPECT_EQ(server->stats().accepted, 1u);
}

TEST_F(QuicStrangersTest, AsksForProofOnlyAboveItsThreshold) {
  QuicRouterOptions options = server_options();
  options.retry = QuicRouterOptions::Retry::adaptive;
  options.retry_above_half_open = 0;
  QuicRouter* server = make(options);
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_handshake_completed(); });
  EXPECT_EQ(server->stats().retries_sent, 1u);
}

TEST_F(QuicStrangersTest, RefusesOneConnectionTooMany) {
  limits_ = ClientLimits(1, 1);
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& first = connect(*client, *server);
  until([&] { return first.is_handshake_completed(); });
  QuicConnection& second = connect(*client, *server);
  until([&] { return second.is_ended(); });

  EXPECT_EQ(server->stats().refused, 1u);
  EXPECT_EQ(server->live(), 1u);
}

TEST_F(QuicStrangersTest, RefusesOneHandshakeTooMany) {
  limits_ = ClientLimits(10, 10, 0);
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_ended(); });

  EXPECT_EQ(server->stats().refused, 1u);
  EXPECT_EQ(server->stats().accepted, 0u);
}

TEST_F(QuicStrangersTest, NegotiatesVersionsItDoesNotSpeak) {
  QuicRouter* server = make(server_options());
  test::RawUdpPeer peer(world_);
  const std::array<unsigned char, 8> id{1, 2, 3, 4, 5, 6, 7, 8};
  peer.send(datagram(0x1a2a3a4a, 1200, id), server->udp().local());

  const auto answer = peer.answer();

  ASSERT_GE(answer.size(), 7u);
  EXPECT_TRUE(std::ranges::equal(std::span(answer).subspan(1, 4), std::array<unsigned char, 4>{}));
  EXPECT_EQ(server->stats().version_negotiations_sent, 1u);
}

TEST_F(QuicStrangersTest, IgnoresAVersionItDoesNotSpeakInASmallDatagram) {
  QuicRouter* server = make(server_options());
  test::RawUdpPeer peer(world_);
  const std::array<unsigned char, 8> id{1, 2, 3, 4, 5, 6, 7, 8};
  peer.send(datagram(0x1a2a3a4a, 1199, id), server->udp().local());

  EXPECT_TRUE(peer.answer().empty());
}

TEST_F(QuicStrangersTest, ResetsWhatItDoesNotKnowWithLessThanItGot) {
  QuicRouter* server = make(server_options());
  test::RawUdpPeer peer(world_);
  std::vector<unsigned char> packet(100, 0x55);
  peer.send(packet, server->udp().local());

  const auto answer = peer.answer();

  EXPECT_GE(answer.size(), 21u);
  EXPECT_LT(answer.size(), packet.size());
  EXPECT_EQ(server->stats().resets_sent, 1u);
}

TEST_F(QuicStrangersTest, DoesNotAnswerAPacketThatCouldBeAReset) {
  QuicRouter* server = make(server_options());
  test::RawUdpPeer peer(world_);
  peer.send(std::vector<unsigned char>(43, 0x55), server->udp().local());

  EXPECT_TRUE(peer.answer().empty());
  EXPECT_EQ(server->stats().resets_sent, 0u);
}

TEST_F(QuicStrangersTest, AnswersStrangersOnlySoOften) {
  QuicRouterOptions options = server_options();
  options.stateless_answers_per_second_max = 3;
  QuicRouter* server = make(options);
  test::RawUdpPeer peer(world_);
  for (int i = 0; i < 5; ++i)
    peer.send(std::vector<unsigned char>(100, 0x55), server->udp().local());
  until([&] { return server->stats().resets_sent + server->stats().unanswered == 5; });
  EXPECT_EQ(server->stats().resets_sent, 3u);

  world_.pass(std::chrono::seconds(1));
  peer.send(std::vector<unsigned char>(100, 0x55), server->udp().local());
  until([&] { return server->stats().resets_sent == 4; });
}

TEST_F(QuicStrangersTest, DropsGarbage) {
  QuicRouter* server = make(server_options());
  test::RawUdpPeer peer(world_);
  peer.send(std::array<unsigned char, 1>{0xc0}, server->udp().local());
  until([&] { return server->stats().malformed == 1; });
}

}  // namespace
}  // namespace qp::conn
