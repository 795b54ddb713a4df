#include "io/socket.h"

#include <gmock/gmock.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/event_loop.h"

namespace qp::io {
namespace {

class Ignore final : public EventHandler {
 public:
  void handle_events(Events /*events*/, const Turn& /*turn*/) override {}
};

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// Waits, for a bounded time, until the socket can go on.
void await(int fd) {
  EventLoop loop;
  Ignore ignore;
  ASSERT_TRUE(loop.add(fd, ignore));
  loop.poll(EventLoop::read_clock().now + std::chrono::seconds(10));
}

Address loopback(std::string_view ip = "127.0.0.1", uint16_t port = 0) {
  return Address::parse(ip, port).value();
}

struct Connected {
  Fd client;
  Accepted server;
};

Connected connect_over(std::string_view listen_ip, std::string_view client_ip) {
  const Fd listener = listen_tcp(loopback(listen_ip), {}).value();
  const uint16_t port = local_address(listener.get()).value().port();
  Fd client = connect_tcp(loopback(client_ip, port)).value();
  await(listener.get());
  Accepted accepted = accept_tcp(listener.get()).value();
  EXPECT_TRUE(connect_result(client.get()));
  return {std::move(client), std::move(accepted)};
}

std::string read_text(int fd) {
  std::array<unsigned char, 256> buffer;
  const Result<size_t> got = read_some(fd, buffer);
  return got ? std::string(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(*got)) : "";
}

TEST(SocketTest, ConnectsAcceptsAndCarriesBytesBothWays) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  const std::array pieces = {bytes_of("GET"), bytes_of(""), bytes_of(" /")};

  EXPECT_EQ(write_some(pair.client.get(), pieces).value(), 5u);
  EXPECT_EQ(read_text(pair.server.fd.get()), "GET /");
  EXPECT_EQ(write_some(pair.server.fd.get(), std::array{bytes_of("hello")}).value(), 5u);
  EXPECT_EQ(read_text(pair.client.get()), "hello");
}

TEST(SocketTest, TellsBothAddressesOfAnAcceptedConnection) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");

  EXPECT_EQ(pair.server.remote, local_address(pair.client.get()).value());
  EXPECT_EQ(pair.server.local, local_address(pair.server.fd.get()).value());
  EXPECT_EQ(pair.server.local.ip_text(), "127.0.0.1");
}

TEST(SocketTest, TakesIpv4OnTheIpv6Wildcard) {
  const Connected pair = connect_over("", "127.0.0.1");

  EXPECT_TRUE(pair.server.remote.is_v6());
  EXPECT_EQ(pair.server.remote.unmapped(), local_address(pair.client.get()).value());
}

TEST(SocketTest, HasNobodyToAcceptBeforeSomebodyConnects) {
  const Fd listener = listen_tcp(loopback(), {}).value();

  EXPECT_EQ(accept_tcp(listener.get()).error().code, ErrorCode::would_block);
}

TEST(SocketTest, ReportsThatNobodyListens) {
  uint16_t port;
  {
    const Fd listener = listen_tcp(loopback(), {}).value();
    port = local_address(listener.get()).value().port();
  }

  const Result<Fd> fd = connect_tcp(loopback("127.0.0.1", port));

  if (fd) {  // the refusal may come with connect() or later
    await(fd->get());
    EXPECT_EQ(connect_result(fd->get()).error().code, ErrorCode::refused);
  } else {
    EXPECT_EQ(fd.error().code, ErrorCode::refused);
  }
}

TEST(SocketTest, ReportsAnAddressInUse) {
  const Fd listener = listen_tcp(loopback(), {.reuse_port = false}).value();
  const Address taken = local_address(listener.get()).value();

  EXPECT_EQ(listen_tcp(taken, {.reuse_port = false}).error().code, ErrorCode::address_in_use);
}

TEST(SocketTest, SharesAPortAmongWorkers) {
  const Fd first = listen_tcp(loopback(), {}).value();

  EXPECT_TRUE(listen_tcp(local_address(first.get()).value(), {}));
}

TEST(SocketTest, ReportsAnAddressThatIsNotOurs) {
  EXPECT_EQ(listen_tcp(loopback("203.0.113.1"), {}).error().code, ErrorCode::unreachable);
}

TEST(SocketTest, HasNothingToReadBeforeSomethingCame) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  std::array<unsigned char, 8> buffer;

  EXPECT_EQ(read_some(pair.server.fd.get(), buffer).error().code, ErrorCode::would_block);
}

TEST(SocketTest, TellsAnOrderlyEndAndGoesOnWriting) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  std::array<unsigned char, 8> buffer;

  shutdown_write(pair.client.get());
  await(pair.server.fd.get());

  EXPECT_EQ(read_some(pair.server.fd.get(), buffer).error().code, ErrorCode::closed);
  EXPECT_TRUE(write_some(pair.server.fd.get(), std::array{bytes_of("late")}));
  EXPECT_EQ(read_text(pair.client.get()), "late");
}

TEST(SocketTest, TellsAReset) {
  Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(pair.client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  std::array<unsigned char, 8> buffer;

  pair.client = Fd();

  EXPECT_EQ(read_some(pair.server.fd.get(), buffer).error().code, ErrorCode::reset);
  EXPECT_EQ(write_some(pair.server.fd.get(), std::array{bytes_of("x")}).error().code, ErrorCode::reset);
}

TEST(SocketTest, WritesUntilTheKernelTakesNoMore) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  const std::string chunk(64 * 1024, 'x');
  Result<size_t> sent = 0;

  for (int i = 0; i < 10'000 && sent; ++i)
    sent = write_some(pair.client.get(), std::array{bytes_of(chunk)});

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::would_block);
}

TEST(SocketTest, WritesTheFirstOfMorePiecesThanOneCallTakes) {
  const Connected pair = connect_over("127.0.0.1", "127.0.0.1");
  std::array<std::span<const unsigned char>, 65> pieces;
  pieces.fill(bytes_of("ab"));

  EXPECT_EQ(write_some(pair.client.get(), pieces).value(), 128u);
}

TEST(SocketTest, ClosesADescriptorOnce) {
  Fd first = listen_tcp(loopback(), {}).value();
  const int number = first.get();
  Fd second = std::move(first);

  EXPECT_FALSE(first.is_open());
  EXPECT_EQ(second.get(), number);
  second = Fd();
  EXPECT_FALSE(local_address(number));
}

// A folder of its own with a Unix socket in it that listens.
class UnixSocketTest : public testing::Test {
 protected:
  UnixSocketTest() {
    std::string folder = testing::TempDir() + "qp-socket-XXXXXX";
    folder_ = mkdtemp(folder.data());
    path_ = folder_ / "listens.sock";
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
  }
  ~UnixSocketTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  Fd listener_;
};

TEST_F(UnixSocketTest, CarriesBytesToWhoeverListensThere) {
  const Fd client = connect_unix(path_.string()).value();
  const Fd server(::accept(listener_.get(), nullptr, nullptr));
  const std::array pieces = {bytes_of("GET /")};

  EXPECT_TRUE(connect_result(client.get()));
  EXPECT_EQ(write_some(client.get(), pieces).value(), 5u);
  EXPECT_EQ(read_text(server.get()), "GET /");
}

TEST_F(UnixSocketTest, SaysWhyNobodyIsReached) {
  const auto code = [](const std::string& path) { return connect_unix(path).error().code; };

  EXPECT_EQ(code(folder_ / "no.sock"), ErrorCode::unreachable);
  EXPECT_EQ(code(path_ / "below-a-file.sock"), ErrorCode::unreachable);
  EXPECT_EQ(code("/" + std::string(107, 'a')), ErrorCode::too_large);
  listener_ = {};
  EXPECT_EQ(code(path_), ErrorCode::refused);
}

TEST_F(UnixSocketTest, RefusesWhereTooManyWait) {
  std::vector<Fd> waiting;
  Result<Fd> last = connect_unix(path_.string());
  while (last && waiting.size() < 100) {
    waiting.push_back(*std::move(last));
    last = connect_unix(path_.string());
  }

  EXPECT_EQ(last.error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace qp::io
