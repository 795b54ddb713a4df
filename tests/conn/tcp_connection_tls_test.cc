#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "conn/tcp_connection.h"
#include "support/certificates.h"
#include "support/line_codec.h"
#include "support/reactor_world.h"
#include "transport/tls_context.h"

namespace qp::conn {
namespace {

using std::chrono::seconds;
using transport::TlsContext;

class Owner final : public ConnectionOwner {
 public:
  std::unique_ptr<TcpConnection> connection;
  std::optional<Error> death;
  bool was_open = false;

 private:
  void connection_changed(Connection& /*which*/) override {
    was_open |= connection && connection->was_open();
  }
  void destroy(Connection& /*which*/) override {
    death = connection->error();
    connection.reset();
  }
};

// Both roles, joined over loopback.
class TcpTlsTest : public testing::Test {
 protected:
  TcpTlsTest() {
    const test::Certificates::Files files = certificates.make({"backend.example", "IP:127.0.0.1"});
    server_options.role = codec::Role::server;
    server_options.codecs = &server_codecs;
    server_options.tls =
        TlsContext::make_server({.certificates = {{files.cert_file, files.key_file}}}).value();
    client_codecs.settings.role = codec::Role::client;
    client_options.role = codec::Role::client;
    client_options.codecs = &client_codecs;
    client_options.tls = TlsContext::make_client({.ca_file = certificates.ca_file()}).value();
    client_options.server_name = "backend.example";
  }
  ~TcpTlsTest() override {
    for (Owner* owner : {&server, &client}) {
      if (owner->connection) owner->connection->close();
    }
    for (int i = 0; i < 3; ++i)
      world.turn();
    EXPECT_EQ(world.timers.size(), 0U);
  }

  void connect() {
    const io::Fd listener = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    client.connection = std::make_unique<TcpConnection>(world.reactor, client, client_options,
                                                        *io::local_address(listener.get()),
                                                        world.reactor.turn.now + seconds(5));
    world.until([&] {
      Result<io::Accepted> accepted = io::accept_tcp(listener.get());
      if (!accepted) return false;
      server.connection =
          std::make_unique<TcpConnection>(world.reactor, server, server_options, std::move(*accepted));
      return true;
    });
  }
  void connect_whole() {
    connect();
    world.until([&] { return client.connection && client.connection->is_usable(); });
    world.until([&] { return server.connection && server.connection->was_open(); });
  }
  http::Stream& ask() {
    http::Stream* stream = client.connection->open();
    http::RequestHead head;
    head.path = "/secret";
    stream->send_head(head, nullptr);
    return *stream;
  }

  test::Certificates certificates;
  test::ReactorWorld world;
  test::LineCodecs server_codecs;
  test::LineCodecs client_codecs;
  TcpOptions server_options;
  TcpOptions client_options;
  Owner server;
  Owner client;
};

TEST_F(TcpTlsTest, CarriesAQuestionAndItsAnswer) {
  connect_whole();

  http::Stream& stream = ask();
  world.until([&] { return stream.in.ended; });

  EXPECT_EQ(client_codecs.last->received, "/secret\n");
  EXPECT_TRUE(server.connection->peer().is_encrypted);
  EXPECT_EQ(server.connection->peer().server_name, "backend.example");
  EXPECT_EQ(server.connection->peer().tls_version, "TLSv1.3");
  EXPECT_EQ(server_codecs.last_alpn, "http/1.1");
  EXPECT_EQ(client_codecs.last_alpn, "http/1.1");
  EXPECT_TRUE(server.was_open);
}

TEST_F(TcpTlsTest, RefusesABackendOfAnotherName) {
  client_options.server_name = "other.example";
  connect();

  world.until([&] { return client.connection == nullptr; });

  EXPECT_EQ(client.death->code, ErrorCode::tls);
  EXPECT_EQ(client.death->origin, Origin::upstream);
  EXPECT_FALSE(client.was_open);
  world.until([&] { return server.connection == nullptr; });
}

TEST_F(TcpTlsTest, SaysGoodbyeToAnIdlePeer) {
  connect_whole();

  server.connection->drain();
  world.until([&] { return client.connection == nullptr && server.connection == nullptr; });

  EXPECT_EQ(client.death->code, ErrorCode::closed);  // and not `reset`: there was a close_notify
}

TEST_F(TcpTlsTest, EncryptsNoMoreThanOneBatchAheadOfAPeerThatTakesNothing) {
  connect_whole();
  client_codecs.settings.wants_input = false;
  const uint64_t sent = server.connection->bytes_sent();
  ask();
  world.until([&] { return server.connection->bytes_sent() > sent; });
  const size_t much = 16'000'000;
  server_codecs.last->answer_pending(std::string(much, 'x'));
  for (int i = 0; i < 50; ++i)
    world.turn();
  ASSERT_GT(server_codecs.last->output.size(), 0U);
  EXPECT_GT(server.connection->waiting_bytes(), 0U);
  EXPECT_LT(server.connection->waiting_bytes(), 68U * 1024);
  EXPECT_LT(world.blocks.memory(), 16U * 64 * 1024);

  client_codecs.settings.wants_input = true;
  client.connection->mark_dirty();

  const std::string expected = "/secret\n" + std::string(much, 'x');
  world.until([&] { return client_codecs.last->received.size() == expected.size(); });
  EXPECT_TRUE(client_codecs.last->received == expected);
}

TEST_F(TcpTlsTest, GivesUpAHandshakeThatDoesNotComplete) {
  client_options.tls = nullptr;  // says nothing
  connect();
  world.pass(server_options.handshake_timeout - seconds(1));
  ASSERT_NE(server.connection, nullptr);
  EXPECT_EQ(server.connection->state(), TcpConnection::State::handshaking);

  world.pass(seconds(1));

  ASSERT_EQ(server.connection, nullptr);
  EXPECT_EQ(server.death->code, ErrorCode::timed_out);
}

TEST_F(TcpTlsTest, ConnectingIncludesTheHandshake) {
  server_options.tls = nullptr;  // takes the ClientHello for a line without an end
  connect();
  world.pass(seconds(4));
  ASSERT_NE(client.connection, nullptr);
  EXPECT_EQ(client.connection->state(), TcpConnection::State::handshaking);

  world.pass(seconds(1));

  ASSERT_EQ(client.connection, nullptr);
  EXPECT_EQ(client.death->code, ErrorCode::timed_out);
}

TEST_F(TcpTlsTest, TakesAConnectionWithoutCloseNotifyForCutOff) {
  connect_whole();
  server_codecs.settings.answers = false;
  http::Stream& stream = ask();
  world.until([&] { return !server_codecs.last->is_idle(); });

  server.connection->close();  // with a request under way

  world.until([&] { return stream.in.fault.has_value(); });
  EXPECT_EQ(stream.in.fault->code, ErrorCode::reset);
  stream.detach();
  server_codecs.last->answer_pending("");
}

}  // namespace
}  // namespace qp::conn
