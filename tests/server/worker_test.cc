#include "server/worker.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "proxy/snapshot.h"

namespace qp::server {
namespace {

// One worker that serves plain HTTP on loopback and has no backends. Its turns are taken one by one.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    io::Fd listener = *io::listen_tcp(*Address::parse("127.0.0.1", 0), {});
    const Address address = *io::local_address(listener.get());
    WorkerSockets sockets;
    sockets.plain = std::move(listener);
    worker_.emplace(Worker::Parts{.sockets = std::move(sockets),
                                  .snapshot = proxy::make_snapshot({}, {}, 0),
                                  .tls = nullptr,
                                  .identity = {.secrets = transport::Secret::random()},
                                  .post = [](uint32_t, WorkerMessage) {},
                                  .control = control_,
                                  .log_ring = ring_});
    client_ = *io::connect_tcp(address);
  }

  // Asks once, and takes turns until the line about it is there.
  void ask() {
    const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::span<const unsigned char> piece(reinterpret_cast<const unsigned char*>(request.data()),
                                               request.size());
    const size_t before = log_bytes();
    bool is_sent = false;
    for (int i = 0; i < 10'000 && log_bytes() == before; ++i) {
      if (!is_sent) is_sent = io::write_some(client_.get(), std::span(&piece, 1)).has_value();
      worker_->mailbox().post(Install{proxy::make_snapshot({}, {}, 0)});  // so that no turn sleeps
      worker_->turn();
    }
    ASSERT_GT(log_bytes(), before);
  }
  size_t log_bytes() const { return ring_.readable()[0].size() + ring_.readable()[1].size(); }
  size_t calls() {
    size_t count = 0;
    for (const ControlMessage& message : control_.take_all())
      count += std::holds_alternative<RingWaiting>(message) ? 1 : 0;
    return count;
  }

  io::Mailbox<ControlMessage> control_;
  LogRing ring_{2048};
  std::optional<Worker> worker_;
  io::Fd client_;
};

TEST_F(WorkerTest, WakesControlOnceEachTimeItsLogIsHalfFull) {
  for (int time = 0; time < 2; ++time) {
    ask();
    ASSERT_FALSE(ring_.is_half_full());
    EXPECT_EQ(calls(), 0u);
    for (int i = 0; i < 20 && !ring_.is_half_full(); ++i)
      ask();
    ASSERT_TRUE(ring_.is_half_full());
    EXPECT_EQ(calls(), 1u);
    worker_->mailbox().post(Install{proxy::make_snapshot({}, {}, 0)});
    worker_->turn();
    EXPECT_EQ(calls(), 0u);
    ring_.consume(log_bytes());
  }
}

TEST_F(WorkerTest, ListsItsConnections) {
  ask();
  (void)control_.take_all();

  worker_->mailbox().post(ListConnections{.question = 7, .query = {}});
  worker_->turn();

  const std::vector<ControlMessage> answers = control_.take_all();
  ASSERT_EQ(answers.size(), 1u);
  const auto& answer = std::get<ConnectionsListed>(answers[0]);
  EXPECT_EQ(answer.question, 7u);
  EXPECT_EQ(answer.list.total, 1u);
  ASSERT_EQ(answer.list.newest.size(), 1u);
  const admin::ClientConnection& listed = answer.list.newest[0];
  EXPECT_EQ(listed.protocol, admin::Protocol::h1);
  EXPECT_EQ(listed.version, "plain");
  EXPECT_EQ(listed.peer, "127.0.0.1:" + std::to_string(io::local_address(client_.get())->port()));
  EXPECT_EQ(listed.requests_total, 1u);
  EXPECT_EQ(listed.streams, 0u);
  EXPECT_GE(listed.age, Duration::zero());
  EXPECT_FALSE(listed.quic.has_value());
}

TEST_F(WorkerTest, ListsConnectionsOfTheProtocolThatIsAskedFor) {
  ask();
  (void)control_.take_all();

  worker_->mailbox().post(
      ListConnections{.question = 1, .query = {.protocol = admin::Protocol::h3, .limit = 1}});
  worker_->turn();

  EXPECT_EQ(std::get<ConnectionsListed>(control_.take_all().at(0)).list.total, 0u);
}

}  // namespace
}  // namespace qp::server
