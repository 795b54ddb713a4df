#include "transport/quic_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/quic_link.h"

namespace qp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Bytes that don't repeat soon, so that a piece in the wrong place shows.
std::string pattern(size_t size, uint64_t seed = 1) {
  Random random(seed);
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>(random.next());
  return text;
}

TEST(QuicSessionTest, HandshakeCompletesOnBothSides) {
  QuicLink link;

  ASSERT_TRUE(link.shake_hands());

  EXPECT_TRUE(link.client.is_transmission_enabled);
  EXPECT_TRUE(link.server.is_transmission_enabled);
  EXPECT_EQ(link.server.session->server_name(), "example.com");
  EXPECT_EQ(link.server.session->cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(link.client.streams_allowed_total, 100u);
}

TEST(QuicSessionTest, CarriesAMebibyteBothWaysOnOneStream) {
  QuicLink link;
  ASSERT_TRUE(link.shake_hands());
  const int64_t id = link.client.session->open_bidirectional().value();
  const std::string up = pattern(1024 * 1024, 2);
  const std::string down = pattern(1024 * 1024, 3);

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

}  // namespace
}  // namespace qp::test
