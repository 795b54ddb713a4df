// How sessions end (RFC 9000 §10).
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "support/quic_link.h"
#include "transport/quic_session.h"

namespace qp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::QuicClose;

size_t count_of(const std::vector<transport::Outgoing>& batches) {
  return batches.size();
}

TEST(QuicSessionEndTest, TheApplicationsCodeReachesThePeer) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());

  link.client.session->close(0x0100, "no more");
  ASSERT_TRUE(link.run_until([&] { return link.server.session->is_draining(); }));

  EXPECT_TRUE(link.client.session->is_closing());
  EXPECT_EQ(link.client.session->close_cause().by, QuicClose::By::us);
  const QuicClose cause = link.server.session->close_cause();
  EXPECT_EQ(cause.by, QuicClose::By::peer);
  EXPECT_EQ(cause.kind, QuicClose::Kind::application);
  EXPECT_EQ(cause.code, 0x0100u);
  ASSERT_FALSE(link.server_end);
  EXPECT_EQ(link.server_end.error().code, ErrorCode::closed);
}

TEST(QuicSessionEndTest, BothSidesAreOverAfterThreeProbeTimeouts) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.run_for(seconds(1));

  link.client.session->close(0x0100, "");

  EXPECT_TRUE(link.run_until([&] { return link.client.session->is_over() && link.server.session->is_over(); },
                             seconds(1)));
}

TEST(QuicSessionEndTest, AClosedSessionAnswersLessAndLess) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.client.session->close(0x0100, "");
  link.run_until([&] { return link.client.session->is_closing(); });
  const size_t before = count_of(link.client_batches);

  std::array<unsigned char, 64 * 1024> buffer;
  size_t answers = 0;
  for (int i = 0; i < 64; ++i) {
    std::array<unsigned char, 40> datagram{0x40};
    EXPECT_FALSE(
        link.client.session->handle(datagram, link.client_address, link.server_address, 0, link.now));
    while (link.client.session->write(buffer, link.now).bytes > 0)
      ++answers;
  }

  EXPECT_EQ(before, count_of(link.client_batches));
  EXPECT_EQ(answers, 7u);  // to the 1st, 2nd, 4th ... 64th
}

TEST(QuicSessionEndTest, ADrainingSessionSendsNothing) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.client.session->close(0x0100, "");
  ASSERT_TRUE(link.run_until([&] { return link.server.session->is_draining(); }));

  std::array<unsigned char, 64 * 1024> buffer;
  EXPECT_EQ(link.server.session->write(buffer, link.now).bytes, 0u);
}

TEST(QuicSessionEndTest, AnIdleSessionEndsWithoutAWord) {
  QuicLink link;
  link.server_settings.idle_timeout = seconds(5);
  ASSERT_TRUE(link.shake_hands());
  link.run_for(seconds(1));
  const size_t before = count_of(link.server_batches);

  ASSERT_TRUE(link.run_until([&] { return link.server.session->is_over(); }, seconds(6)));

  EXPECT_EQ(count_of(link.server_batches), before);
  EXPECT_EQ(link.server.session->close_cause().by, QuicClose::By::idle);
  ASSERT_FALSE(link.server_end);
  EXPECT_EQ(link.server_end.error().code, ErrorCode::timed_out);
}

TEST(QuicSessionEndTest, KeepAliveHoldsAnIdleSession) {
  QuicLink link;
  link.server_settings.idle_timeout = seconds(5);
  link.server_settings.keep_alive = seconds(2);
  ASSERT_TRUE(link.shake_hands());

  link.run_for(seconds(30));

  EXPECT_FALSE(link.server.session->is_over());
  EXPECT_FALSE(link.client.session->is_over());
}

TEST(QuicSessionEndTest, ABusySessionOutlivesTheShorterIdleTimeoutOfBothSides) {
  QuicLink link;
  link.server_settings.idle_timeout = seconds(60);
  link.client_settings.idle_timeout = seconds(5);
  ASSERT_TRUE(link.shake_hands());

  link.server.session->set_busy(true);
  link.run_for(seconds(30));

  EXPECT_FALSE(link.server.session->is_over());
  EXPECT_FALSE(link.client.session->is_over());

  link.server.session->set_busy(false);
  link.run_for(seconds(6));

  EXPECT_TRUE(link.client.session->is_over());
}

TEST(QuicSessionEndTest, ABusySessionEndsWhenItsPeerIsGone) {
  QuicLink link;
  link.server_settings.idle_timeout = seconds(5);
  ASSERT_TRUE(link.shake_hands());

  link.server.session->set_busy(true);
  link.network.loss_percent = 100;

  EXPECT_TRUE(link.run_until([&] { return link.server.session->is_over(); }, seconds(20)));
}

TEST(QuicSessionEndTest, AHandshakeThatStallsIsGivenUp) {
  QuicLink link;
  link.server_settings.handshake_timeout = seconds(3);
  link.connect();
  ASSERT_TRUE(link.run_until([&] { return link.server.session != nullptr; }));
  link.network.loss_percent = 100;

  ASSERT_TRUE(link.run_until([&] { return !link.server_end; }, seconds(4)));

  EXPECT_EQ(link.server_end.error().code, ErrorCode::timed_out);
}

TEST(QuicSessionEndTest, AClientAcceptsAStatelessReset) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  link.run_for(seconds(1));
  // The ID that the client addresses is one of these; the server has lost its state and knows the tokens
  // only.
  const std::set<std::string> ids = link.server.ids;

  for (const std::string& id : ids) {
    std::array<unsigned char, 64> packet;
    const size_t size = transport::write_stateless_reset(packet, QuicPeer::token_of(id), 100);
    ASSERT_GE(size, 21u);
    ASSERT_LT(size, 100u);
    link.inject(link.client, std::string(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)));
  }

  EXPECT_TRUE(link.client.session->is_draining());
  EXPECT_EQ(link.client.session->close_cause().by, QuicClose::By::stateless_reset);
}

TEST(QuicSessionEndTest, AForgedStatelessResetIsIgnored) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  std::array<unsigned char, 64> packet;
  const size_t size = transport::write_stateless_reset(packet, transport::StatelessResetToken{7}, 100);

  link.inject(link.client, std::string(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)));

  EXPECT_FALSE(link.client.session->is_draining());
}

TEST(QuicSessionEndTest, RandomDatagramsDoNoHarm) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  Random random(7);

  for (int i = 0; i < 2000; ++i) {
    std::string junk(random.below(1500), '\0');
    for (char& c : junk)
      c = static_cast<char>(random.next());
    link.inject(random.one_in(2) ? link.client : link.server, junk);
  }

  const int64_t id = link.client.session->open_bidirectional().value();
  link.client.send(id, "still here");
  EXPECT_TRUE(link.run_until([&] { return link.server.inboxes[id].data == "still here"; }));
}

TEST(QuicSessionEndTest, AClosedSessionOpensNoStreams) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());

  link.client.session->close(0, "");

  EXPECT_FALSE(link.client.session->open_bidirectional());
  EXPECT_FALSE(link.client.session->open_unidirectional());
}

}  // namespace
}  // namespace qp::test
