#include "conn/quic_router.h"

#include <gtest/gtest.h>

#include <numeric>

#include "support/pattern.h"
#include "support/quic_router_world.h"

namespace qp::conn {
namespace {

using std::chrono::seconds;
using test::StreamEnd;
using QuicRouterTest = test::QuicRouterWorld;

// A middlebox between a client and a server that may change its mind about the client's port.
class Nat {
 public:
  explicit Nat(const Address& server) : server_(server), inside_(bound()), outside_(bound()) {}

  Address inside() const { return inside_.local(); }
  uint16_t outside_port() const { return outside_.local().port(); }
  void rebind() { outside_ = bound(); }
  void carry() {
    for (const io::Datagram& datagram : inside_.receive()) {
      client_ = datagram.remote;
      pass(outside_, datagram, server_);
    }
    for (const io::Datagram& datagram : outside_.receive())
      pass(inside_, datagram, client_);
  }

 private:
  static io::UdpSocket bound() {
    return std::move(*io::UdpSocket::bind(*Address::parse("127.0.0.1", 0), {}));
  }
  static void pass(io::UdpSocket& from, const io::Datagram& datagram, const Address& to) {
    const auto room = from.reserve(datagram.bytes.size());
    std::ranges::copy(datagram.bytes, room.begin());
    from.commit(datagram.bytes.size(), datagram.bytes.size(), Address(), to, datagram.ecn);
    from.flush();
  }

  Address server_;
  Address client_;
  io::UdpSocket inside_;
  io::UdpSocket outside_;
};

TEST_F(QuicRouterTest, ServesARequest) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });
  StreamEnd& request = send(connection);
  until([&] { return !acceptor_.ends.empty(); });
  StreamEnd& served = acceptor_.last();
  EXPECT_EQ(served.stream.peer->address, "127.0.0.1");
  EXPECT_EQ(served.stream.peer->server_name, "localhost");
  EXPECT_EQ(served.stream.peer->tls_version, "TLSv1.3");
  EXPECT_FALSE(served.stream.peer->cipher.empty());

  served.respond(200, {}, &served.outgoing);
  served.send("hello");
  served.end();
  until([&] { return request.stream.in.ended; });

  EXPECT_EQ(request.take_all(), "hello");
  EXPECT_GT(served.stream.peer->smoothed_rtt.count(), 0);
  EXPECT_EQ(server->stats().accepted, 1u);
  EXPECT_EQ(limits_.half_open(), 0u);
}

TEST_F(QuicRouterTest, CarriesAMegabyteBothWays) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable(); });
  const std::string body = test::pattern(1'000'000);
  StreamEnd& request = send(connection, "POST");
  request.send(body);
  request.end();
  until([&] { return !acceptor_.ends.empty(); });
  StreamEnd& served = acceptor_.last();
  std::string up;
  until([&] {
    up += served.take_all();
    return served.stream.in.ended;
  });
  up += served.take_all();
  EXPECT_EQ(up, body);

  served.respond(200, {}, &served.outgoing);
  served.send(body);
  served.end();
  std::string down;
  until([&] {
    down += request.take_all();
    return request.stream.in.ended;
  });
  down += request.take_all();

  EXPECT_EQ(down, body);
}

TEST_F(QuicRouterTest, ForwardsDatagramsToTheWorkerTheyName) {
  QuicRouter* first = make(server_options(), {.generation = 0, .worker = 0}, 2);
  test::RawUdpPeer peer(world_);
  QuicIdSealer ids(identity_, {.generation = 0, .worker = 1}, 2);
  std::vector<unsigned char> packet(100, 0x55);
  std::ranges::copy(ids.make_id().bytes(), packet.begin() + 1);
  peer.send(packet, first->udp().local());
  until([&] { return !forwarder_.workers.empty(); });

  EXPECT_EQ(forwarder_.workers, std::vector<uint32_t>{1});
  EXPECT_EQ(first->stats().resets_sent, 0u);
  EXPECT_EQ(first->stats().forwarded, 1u);
}

TEST_F(QuicRouterTest, ForgetsConnectionsThatWereIdleForTooLong) {
  QuicRouterOptions options = server_options();
  options.connections.quic.idle_timeout = std::chrono::seconds(5);
  QuicRouter* server = make(options);
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_handshake_completed() && limits_.half_open() == 0; });

  int turns = 0;
  until([&] { return ++turns == 200; });  // everything is acknowledged: nothing keeps it alive

  for (int i = 0; i < 5; ++i)
    world_.pass(std::chrono::seconds(6));

  EXPECT_EQ(server->live(), 0u);
  EXPECT_EQ(limits_.connections(), 0u);
  EXPECT_EQ(client->live(), 0u);
}

TEST_F(QuicRouterTest, ClosesAConnectionWhoseClientAsksForNothing) {
  QuicRouterOptions options = server_options();
  options.connections.quic.idle_timeout = seconds(100);
  options.connections.idle_timeout = seconds(5);
  QuicRouter* server = make(options);
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_handshake_completed(); });
  StreamEnd& request = send(connection);
  until([&] { return !acceptor_.ends.empty(); });
  world_.pass(seconds(6));  // that long a request may take
  acceptor_.last().respond(200, {}, nullptr);
  until([&] { return request.stream.in.ended; });
  detach_all();
  int turns = 0;
  until([&] { return ++turns == 200; });  // acknowledgements, and what else QUIC has to say
  world_.pass(seconds(4));
  ASSERT_TRUE(connection.is_usable());

  world_.pass(seconds(1));
  until([&] { return !connection.is_usable(); });  // GOAWAY
  EXPECT_FALSE(connection.is_ended());
  world_.pass(seconds(15));  // the leaps of this clock have made the round-trip time a long one
  until([&] { return connection.is_ended(); });

  EXPECT_EQ(connection.error().code, ErrorCode::closed);
  EXPECT_EQ(server->live(), 1u);  // until nobody can be late any more (RFC 9000 §10.2)
  world_.pass(seconds(100));
  EXPECT_EQ(server->live(), 0u);
}

TEST_F(QuicRouterTest, RefusesARequestWhoseHeadTakesTooLong) {
  QuicRouterOptions options = server_options();
  options.connections.head_timeout = seconds(5);
  QuicRouter* server = make(options);
  QuicRouter* client = make_client();
  Nat nat(server->udp().local());
  const auto without_nat = world_.advance;
  world_.advance = [&] {
    without_nat();
    nat.carry();
  };
  QuicConnection& connection = **client->connect(client_owner_, nat.inside(), "localhost");
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });
  world_.advance = without_nat;
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "localhost";
  head.path = "/";
  head.fields.add("long", std::string(50'000, 'x'));  // more than goes out at once
  requests_.push_back(std::make_unique<StreamEnd>(*connection.open()));
  requests_.back()->stream.send_head(head, nullptr);
  int turns = 0;
  until([&] { return ++turns == 20; });
  nat.carry();  // a part of it, and then the client falls silent
  until([&] { return ++turns == 40; });
  world_.pass(seconds(4));
  EXPECT_TRUE(acceptor_.ends.empty());

  world_.pass(seconds(1));

  ASSERT_EQ(acceptor_.ends.size(), 1u);
  EXPECT_EQ(acceptor_.last().stream.in.refusal->status, 408);
}

TEST_F(QuicRouterTest, FinishesWhatIsUnderWayWhenItDrains) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable(); });
  StreamEnd& request = send(connection);
  until([&] { return !acceptor_.ends.empty(); });

  server->drain();
  until([&] { return !connection.is_usable(); });
  StreamEnd& served = acceptor_.last();
  served.respond(200, {}, nullptr);
  until([&] { return request.stream.in.ended; });
  request.stream.detach();
  served.stream.detach();
  requests_.clear();
  acceptor_.ends.clear();
  world_.pass(std::chrono::seconds(1));
  until([&] { return server->live() == 0; });

  QuicConnection& late = connect(*client, *server);
  until([&] { return late.is_ended(); });
  EXPECT_EQ(server->stats().refused, 1u);
}

TEST_F(QuicRouterTest, DoesNotWaitForeverForAClientThatVanishedWhenItDrains) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  Nat nat(server->udp().local());
  const auto before = world_.advance;
  bool is_connected = true;
  world_.advance = [&] {
    before();
    if (is_connected) nat.carry();
  };
  QuicConnection& connection = **client->connect(client_owner_, nat.inside(), "localhost");
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });
  send(connection);
  until([&] { return !acceptor_.ends.empty(); });

  is_connected = false;
  server->drain();
  world_.pass(2 * QuicConnection::kFarewell);
  EXPECT_EQ(server->live(), 1u);  // its request is still being worked on
  acceptor_.last().respond(200, {}, nullptr);
  acceptor_.last().stream.detach();
  acceptor_.ends.clear();
  world_.turn();
  world_.pass(QuicConnection::kFarewell - std::chrono::seconds(1));
  EXPECT_EQ(server->live(), 1u);
  world_.pass(std::chrono::seconds(1));

  until([&] { return server->live() == 0; });
  world_.advance = before;
}

TEST_F(QuicRouterTest, KeepsAConnectionWhoseClientMoves) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  Nat nat(server->udp().local());
  const auto before = world_.advance;
  world_.advance = [&] {
    before();
    nat.carry();
  };
  QuicConnection& connection = **client->connect(client_owner_, nat.inside(), "localhost");
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });
  send(connection);
  until([&] { return !acceptor_.ends.empty(); });
  const http::Peer& peer = *acceptor_.last().stream.peer;
  EXPECT_EQ(peer.port, nat.outside_port());

  nat.rebind();
  StreamEnd& second = send(connection);
  until([&] { return acceptor_.ends.size() == 2; });
  acceptor_.last().respond(200, {}, nullptr);
  until([&] { return second.stream.in.ended && peer.port == nat.outside_port(); });

  EXPECT_EQ(server->stats().accepted, 1u);
  EXPECT_EQ(server->stats().migrations, 1u);
  server->visit_newest(1, [](const QuicConnection& moved) { EXPECT_EQ(moved.migrations(), 1u); });
  EXPECT_EQ(server->live(), 1u);
  world_.advance = before;
}

TEST_F(QuicRouterTest, TellsStreamsWhenTheConnectionGoes) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable(); });
  send(connection);
  until([&] { return !acceptor_.ends.empty(); });

  connection.close();
  until([&] { return acceptor_.last().stream.in.fault.has_value(); });

  EXPECT_EQ(acceptor_.last().stream.in.fault->code, ErrorCode::closed);
}

TEST_F(QuicRouterTest, CountsWhatItsConnectionsCameTo) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });

  connection.close();
  until([&] { return server->live() == 0; });

  const QuicRouterStats& stats = server->stats();
  EXPECT_EQ(std::accumulate(stats.handshakes.buckets.begin(), stats.handshakes.buckets.end(), uint64_t{0}),
            1u);
  EXPECT_EQ(stats.handshakes_failed, 0u);
  EXPECT_EQ(stats.closed[static_cast<size_t>(transport::QuicClose::By::peer)], 1u);
  EXPECT_EQ(stats.errors_received[observe::h3_code_index(static_cast<uint64_t>(codec::H3Code::no_error))],
            1u);
  EXPECT_EQ(stats.accepted_v2, 0u);
  EXPECT_GT(stats.traffic.packets_sent, 0u);
  EXPECT_GE(stats.traffic.bytes_received, 1200u);
}

TEST_F(QuicRouterTest, ShowsItsNewestConnectionsFirstUpToALimit) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  for (size_t count = 1; count <= 3; ++count) {
    QuicConnection& connection = connect(*client, *server);
    until([&] { return connection.is_handshake_completed() && server->live() == count; });
    world_.pass(seconds(1));
  }

  std::vector<Duration> ages;
  server->visit_newest(2, [&](const QuicConnection& connection) {
    ages.push_back(world_.reactor.turn.now - connection.began());
  });

  ASSERT_EQ(ages.size(), 2u);
  EXPECT_GE(ages[0], seconds(1));
  EXPECT_GE(ages[1], ages[0] + seconds(1));
}

TEST_F(QuicRouterTest, KnowsWhatAConnectionHasDone) {
  QuicRouter* server = make(server_options());
  QuicRouter* client = make_client();
  QuicConnection& connection = connect(*client, *server);
  until([&] { return connection.is_usable() && connection.is_handshake_completed(); });
  const QuicConnection* served = nullptr;
  server->visit_newest(1, [&](const QuicConnection& newest) { served = &newest; });
  ASSERT_NE(served, nullptr);
  EXPECT_EQ(served->requests(), 0u);

  send(connection);
  StreamEnd& second = send(connection);
  until([&] { return acceptor_.ends.size() == 2; });
  acceptor_.last().respond(200, {}, nullptr);
  until([&] { return second.stream.in.ended && served->open_requests() == 1; });

  EXPECT_EQ(served->requests(), 2u);
  EXPECT_EQ(served->version(), 1u);
  EXPECT_EQ(served->migrations(), 0u);
  EXPECT_NE(served->id().size, 0u);
  EXPECT_GT(served->stats().rtt_min, Duration::zero());
  EXPECT_LE(served->stats().rtt_min, served->stats().smoothed_rtt);
}

}  // namespace
}  // namespace qp::conn
