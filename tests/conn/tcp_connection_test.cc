#include "conn/tcp_connection.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "support/line_codec.h"
#include "support/reactor_world.h"

namespace qp::conn {
namespace {

using std::chrono::seconds;

class Owner final : public ConnectionOwner {
 public:
  std::unique_ptr<TcpConnection> connection;
  int changes = 0;
  std::optional<Error> death;  // once destroyed

  bool is_gone() const { return connection == nullptr; }

 private:
  void connection_changed(Connection& /*which*/) override { ++changes; }
  void destroy(Connection& /*which*/) override {
    death = connection->error();
    connection.reset();
  }
};

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// A socket in the hands of the test.
class RawPeer {
 public:
  explicit RawPeer(io::Fd fd) : fd_(std::move(fd)) {}

  size_t write(std::string_view what) {
    const std::span<const unsigned char> piece = bytes_of(what);
    return io::write_some(fd_.get(), std::span(&piece, 1)).value_or(0);
  }
  // Everything that is there now.
  std::string& read() {
    std::array<unsigned char, 64 * 1024> buffer;
    for (;;) {
      const Result<size_t> got = io::read_some(fd_.get(), buffer);
      if (!got) {
        if (got.error().code != ErrorCode::would_block) end = got.error().code;
        return text;
      }
      text.append(reinterpret_cast<const char*>(buffer.data()), *got);
    }
  }
  bool has_ended() {
    read();
    return end.has_value();
  }
  void end_writing() { io::shutdown_write(fd_.get()); }
  void close() { fd_ = {}; }

  std::string text;
  std::optional<ErrorCode> end;

 private:
  io::Fd fd_;
};

class TcpConnectionTest : public testing::Test {
 protected:
  TcpConnectionTest() {
    listener = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    address = *io::local_address(listener.get());
    server_options.role = codec::Role::server;
    server_options.codecs = &server_codecs;
    client_options.role = codec::Role::client;
    client_options.codecs = &client_codecs;
    client_codecs.settings.role = codec::Role::client;
  }
  ~TcpConnectionTest() override {
    for (Owner* owner : {&server, &client}) {
      if (!owner->is_gone()) owner->connection->close();
    }
    world.reactor.turn.now += seconds(1);
    conn::reap_dead(world.reactor);
    EXPECT_EQ(world.timers.size(), 0U);
  }

  void accept() {
    world.until([&] {
      Result<io::Accepted> accepted = io::accept_tcp(listener.get());
      if (!accepted) return false;
      server.connection =
          std::make_unique<TcpConnection>(world.reactor, server, server_options, std::move(*accepted));
      return true;
    });
  }
  RawPeer connect_raw() {
    RawPeer peer(*io::connect_tcp(address));
    accept();
    world.turn();
    return peer;
  }
  RawPeer accept_raw() {
    std::optional<RawPeer> peer;
    world.until([&] {
      if (Result<io::Accepted> accepted = io::accept_tcp(listener.get()))
        peer.emplace(std::move(accepted->fd));
      return peer.has_value();
    });
    return std::move(*peer);
  }
  void connect(Duration timeout = seconds(5)) {
    client.connection = std::make_unique<TcpConnection>(world.reactor, client, client_options, address,
                                                        world.reactor.turn.now + timeout);
  }

  test::ReactorWorld world;
  test::LineCodecs server_codecs;
  test::LineCodecs client_codecs;
  TcpOptions server_options;
  TcpOptions client_options;
  io::Fd listener;
  Address address;
  Owner server;
  Owner client;
};

TEST_F(TcpConnectionTest, AnswersWhatIsAsked) {
  RawPeer peer = connect_raw();

  peer.write("hello\n");

  world.until([&] { return peer.read() == "hello\n"; });
  EXPECT_EQ(server.connection->peer().address, "127.0.0.1");
  EXPECT_EQ(server.connection->peer().local_port, address.port());
  EXPECT_FALSE(server.connection->peer().is_encrypted);
  EXPECT_EQ(server.connection->bytes_received(), 6U);
  EXPECT_EQ(server.connection->bytes_sent(), 6U);
}

TEST_F(TcpConnectionTest, BecomesUsableWhenItIsConnected) {
  connect();
  EXPECT_FALSE(client.connection->is_usable());
  EXPECT_EQ(client.changes, 0);

  RawPeer peer = accept_raw();
  world.until([&] { return client.connection->is_usable(); });

  EXPECT_EQ(client.changes, 1);
  EXPECT_EQ(client.connection->peer().port, address.port());
}

TEST_F(TcpConnectionTest, TellsItsOwnerWhenItIsFreeAgain) {
  connect();
  RawPeer peer = accept_raw();
  world.until([&] { return client.connection->is_usable(); });
  http::Stream* stream = client.connection->open();
  ASSERT_NE(stream, nullptr);
  EXPECT_FALSE(client.connection->is_usable());
  http::RequestHead head;
  head.path = "/a";
  stream->send_head(head, nullptr);
  world.until([&] { return peer.read() == "/a\n"; });

  peer.write("ok\n");
  world.until([&] { return stream->in.ended; });
  const int changes = client.changes;
  stream->detach();
  world.turn();

  EXPECT_EQ(client.changes, changes + 1);
  EXPECT_TRUE(client.connection->is_usable());
  EXPECT_GT(client_codecs.last->reaps, 0);
}

TEST_F(TcpConnectionTest, SaysThatNobodyListens) {
  listener = {};
  connect();

  world.until([&] { return client.is_gone(); });

  EXPECT_EQ(client.death->code, ErrorCode::refused);
  EXPECT_EQ(client.death->origin, Origin::upstream);
}

TEST_F(TcpConnectionTest, NoticesThatAnIdleConnectionWasClosed) {
  connect();
  {
    RawPeer peer = accept_raw();
    world.until([&] { return client.connection->is_usable(); });
  }

  world.until([&] { return client.is_gone(); });

  EXPECT_EQ(client.death->code, ErrorCode::closed);
}

TEST_F(TcpConnectionTest, DiesOfBytesThatNobodyAskedFor) {
  connect();
  RawPeer peer = accept_raw();
  world.until([&] { return client.connection->is_usable(); });

  peer.write("surprise\n");

  world.until([&] { return client.is_gone(); });
  EXPECT_EQ(client.death->code, ErrorCode::malformed);
}

TEST_F(TcpConnectionTest, SeesAnEndThatCameTogetherWithBytes) {
  RawPeer peer(*io::connect_tcp(address));
  accept();
  peer.write("hello\n");
  peer.end_writing();

  world.until([&] { return server.is_gone(); });

  EXPECT_EQ(peer.read(), "hello\n");
}

TEST_F(TcpConnectionTest, AnswersAClientThatEndedItsSideBehindItsRequest) {
  server_codecs.settings.answers = false;
  RawPeer peer = connect_raw();
  peer.write("hello\n");
  peer.end_writing();
  world.until([&] { return server.connection->bytes_received() == 6; });
  for (int i = 0; i < 10; ++i)
    world.turn();
  ASSERT_FALSE(server.is_gone());
  ASSERT_FALSE(server.connection->is_dead());
  EXPECT_TRUE(world.reactor.dirty.empty());  // the worker may sleep

  server_codecs.last->answer_pending("late\n");

  world.until([&] { return server.is_gone(); });
  EXPECT_EQ(peer.read(), "late\n");
  EXPECT_EQ(peer.end, ErrorCode::closed);
}

TEST_F(TcpConnectionTest, NoticesThatAClientIsGoneByWhatItWrites) {
  server_codecs.settings.answers = false;
  std::optional<RawPeer> peer = connect_raw();
  peer->write("hello\n");
  world.until([&] { return server.connection->bytes_received() == 6; });
  peer.reset();  // closes: that looks like a client that has only ended its side
  for (int i = 0; i < 10; ++i)
    world.turn();
  ASSERT_FALSE(server.connection->is_dead());

  server_codecs.last->output = std::string(64'000, 'x');  // of an answer that is not yet whole
  server.connection->mark_dirty();

  world.until([&] { return server.connection->is_dead(); });
  EXPECT_EQ(server.connection->error().origin, Origin::client);
  EXPECT_FALSE(server.connection->reap());  // somebody still holds the request
  server_codecs.last->answer_pending("");
  world.turn();
  EXPECT_TRUE(server.is_gone());
}

TEST_F(TcpConnectionTest, ReadsNothingWhileItsCodecWantsNothing) {
  server_codecs.settings.wants_input = false;
  RawPeer peer = connect_raw();
  const std::string line(1024, 'x');
  uint64_t written = 0;
  for (int i = 0; i < 100'000; ++i) {
    const size_t now = peer.write(line);
    if (now == 0) break;
    written += now;
  }
  for (int i = 0; i < 10; ++i)
    world.turn();
  EXPECT_EQ(server.connection->bytes_received(), 0U);
  EXPECT_TRUE(world.reactor.dirty.empty());  // the worker may sleep

  server_codecs.settings.wants_input = true;
  server.connection->mark_dirty();

  world.until([&] { return server.connection->bytes_received() >= written; });
  EXPECT_EQ(server_codecs.last->received.size(), written);
}

TEST_F(TcpConnectionTest, StaysDirtyWhileItHasNotReadItsShare) {
  RawPeer peer = connect_raw();
  const std::string much(TcpConnection::kTurnReadBytesMax * 4, 'x');
  std::string_view left = much;
  for (int i = 0; i < 10'000 && !left.empty(); ++i)
    left.remove_prefix(peer.write(left));
  const uint64_t written = much.size() - left.size();
  if (written <= TcpConnection::kTurnReadBytesMax * 2) GTEST_SKIP() << "the kernel holds only " << written;

  for (const io::Ready& ready : world.loop.poll(TimePoint{})) {
    ready.handler->handle_events(ready.events, world.reactor.turn);
  }

  EXPECT_LT(server.connection->bytes_received(), TcpConnection::kTurnReadBytesMax + 64 * 1024);
  EXPECT_FALSE(world.reactor.dirty.empty());
  world.until([&] { return server.connection->bytes_received() >= written; });
}

TEST_F(TcpConnectionTest, WritesOnWhereTheSocketStopped) {
  RawPeer peer = connect_raw();
  std::string much;
  while (much.size() < 8'000'000)
    much += "line " + std::to_string(much.size()) + "\n";
  server_codecs.last->answer_pending(much);
  for (int i = 0; i < 20; ++i)
    world.turn();
  ASSERT_LT(server.connection->bytes_sent(), much.size());
  EXPECT_TRUE(world.reactor.dirty.empty());

  world.until([&] { return peer.read().size() == much.size(); });

  EXPECT_EQ(peer.text, much);
}

TEST_F(TcpConnectionTest, GivesUpAPeerThatTakesNothing) {
  RawPeer peer = connect_raw();
  server_codecs.last->answer_pending(std::string(16'000'000, 'x'));
  for (int i = 0; i < 20; ++i)
    world.turn();
  world.pass(server_options.write_timeout - seconds(1));
  ASSERT_FALSE(server.is_gone());

  world.pass(seconds(1));

  ASSERT_TRUE(server.is_gone());
  EXPECT_EQ(server.death->code, ErrorCode::timed_out);
  EXPECT_EQ(server.death->origin, Origin::client);
}

TEST_F(TcpConnectionTest, GivesAPeerThatTakesALittleMoreTime) {
  RawPeer peer = connect_raw();
  server_codecs.last->answer_pending(std::string(32'000'000, 'x'));
  for (int i = 0; i < 20; ++i)
    world.turn();
  world.pass(server_options.write_timeout - seconds(1));
  const uint64_t sent = server.connection->bytes_sent();
  world.until([&] {
    peer.read();
    return server.connection->bytes_sent() > sent;
  });

  world.pass(seconds(2));

  EXPECT_FALSE(server.is_gone());
}

TEST_F(TcpConnectionTest, ClosesWhenNothingHappensForLong) {
  RawPeer peer = connect_raw();
  world.pass(server_options.idle_timeout - seconds(1));
  peer.write("hello\n");
  world.until([&] { return peer.read() == "hello\n"; });
  world.pass(server_options.idle_timeout - seconds(1));
  ASSERT_FALSE(peer.has_ended());

  world.pass(seconds(1));

  world.until([&] { return peer.has_ended(); });
  EXPECT_EQ(peer.end, ErrorCode::closed);
}

TEST_F(TcpConnectionTest, AHeadThatTricklesInDoesNotLiveLongerForIt) {
  RawPeer peer = connect_raw();
  peer.write("h");
  world.until([&] { return server.connection->bytes_received() == 1; });
  world.pass(server_options.head_timeout - seconds(1));
  peer.write("e");
  world.until([&] { return server.connection->bytes_received() == 2; });
  ASSERT_FALSE(peer.has_ended());

  world.pass(seconds(1));

  world.until([&] { return peer.has_ended(); });
  EXPECT_EQ(peer.text, "too slow\n");
  EXPECT_EQ(peer.end, ErrorCode::closed);
}

TEST_F(TcpConnectionTest, ClosesAfterItsLastAnswer) {
  server_codecs.settings.closes_after = true;
  RawPeer peer = connect_raw();

  peer.write("hello\n");

  world.until([&] { return peer.has_ended(); });
  EXPECT_EQ(peer.text, "hello\n");
  EXPECT_EQ(server.connection->state(), TcpConnection::State::lingering);
  peer.close();
  world.until([&] { return server.is_gone(); });
}

TEST_F(TcpConnectionTest, LingersSoThatAResetDoesNotOvertakeTheAnswer) {
  RawPeer peer = connect_raw();
  peer.write("garbage");
  peer.write(std::string(100'000, 'x'));

  world.until(
      [&] { return !server.is_gone() && server.connection->state() == TcpConnection::State::lingering; });
  peer.write(std::string(1000, 'x'));
  world.until([&] { return peer.has_ended(); });

  EXPECT_EQ(peer.text, "bad\n");
  EXPECT_EQ(peer.end, ErrorCode::closed);
}

TEST_F(TcpConnectionTest, LingersOnlySoLong) {
  RawPeer peer = connect_raw();
  peer.write("garbage");
  world.until([&] { return server.connection->state() == TcpConnection::State::lingering; });
  world.pass(server_options.linger_timeout - seconds(1));
  ASSERT_FALSE(server.is_gone());

  world.pass(seconds(1));

  ASSERT_TRUE(server.is_gone());
  EXPECT_EQ(server.death->code, ErrorCode::malformed);
}

TEST_F(TcpConnectionTest, HoldsThePeerBackThatDoesNotStopSending) {
  RawPeer peer = connect_raw();
  peer.write("garbage");
  world.until([&] { return server.connection->state() == TcpConnection::State::lingering; });

  uint64_t written = 0;
  world.until([&] {
    if (written < TcpConnection::kLingerBytesMax) {
      written += peer.write(std::string(TcpConnection::kLingerBytesMax - written, 'x'));
    }
    return written == TcpConnection::kLingerBytesMax &&
           server.connection->bytes_received() == TcpConnection::kLingerBytesMax + 7;
  });
  peer.write("x");
  for (int turns = 0; turns < 10; ++turns)
    world.turn();

  EXPECT_FALSE(server.is_gone());  // no reset: the peer may not have read its answer yet
  EXPECT_EQ(server.connection->bytes_received(), TcpConnection::kLingerBytesMax + 7);
  world.pass(server_options.linger_timeout);
  EXPECT_TRUE(server.is_gone());
}

TEST_F(TcpConnectionTest, DrainsAfterTheAnswerThatIsUnderWay) {
  server_codecs.settings.answers = false;
  RawPeer peer = connect_raw();
  peer.write("hello\n");
  world.until([&] { return server.connection->bytes_received() == 6; });
  server.connection->drain();
  world.turn();
  EXPECT_FALSE(peer.has_ended());

  server_codecs.last->answer_pending("late\n");

  world.until([&] { return peer.has_ended(); });
  EXPECT_EQ(peer.text, "late\n");
}

TEST_F(TcpConnectionTest, FailsStreamsWhenItIsClosed) {
  connect();
  RawPeer peer = accept_raw();
  world.until([&] { return client.connection->is_usable(); });
  http::Stream* stream = client.connection->open();

  client.connection->close();
  world.turn();

  ASSERT_FALSE(client.is_gone());  // as long as the stream is held
  EXPECT_EQ(stream->in.fault->code, ErrorCode::closed);
  stream->detach();
  world.turn();
  EXPECT_TRUE(client.is_gone());
}

}  // namespace
}  // namespace qp::conn
