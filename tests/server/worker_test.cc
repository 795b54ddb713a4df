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

}  // namespace
}  // namespace qp::server
