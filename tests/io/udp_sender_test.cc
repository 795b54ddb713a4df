#include "io/udp_sender.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "io/socket.h"

namespace qp::io {
namespace {

struct Ends {
  Ends() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours = Fd(fds[0]);
    theirs = Fd(fds[1]);
  }
  Fd ours;
  Fd theirs;
};

// Datagrams between two ends in this process: unlike UDP over loopback, which never fills up, this blocks the
// sender after a few datagrams. Unset addresses mean the other end.
class UdpSenderTest : public testing::Test {
 protected:
  static void send(UdpSender& sender, std::string_view bytes, size_t segment) {
    const std::span<unsigned char> into = sender.reserve(bytes.size());
    ASSERT_EQ(into.size(), bytes.size());
    std::ranges::copy(bytes, into.begin());
    sender.commit(bytes.size(), segment, {}, {}, 0);
  }

  std::string read_all() {
    std::string all;
    std::array<char, 64> buffer;
    for (;;) {
      const ssize_t got = ::recv(ends_.theirs.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<size_t>(got));
    }
  }

  Ends ends_;
  UdpStats stats_;
  UdpSender sender_{ends_.ours.get(), false, stats_};
};

TEST_F(UdpSenderTest, KeepsWhatTheKernelDoesNotTakeAndSendsItLater) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i)
    bytes += std::to_string(10'000 + i);

  send(sender_, bytes, 5);
  sender_.flush();
  EXPECT_TRUE(sender_.is_blocked());
  EXPECT_TRUE(sender_.reserve(1).empty());

  std::string read;
  for (int i = 0; i < 1000 && sender_.is_blocked(); ++i) {
    read += read_all();
    sender_.flush();
  }
  EXPECT_FALSE(sender_.is_blocked());
  EXPECT_EQ(read + read_all(), bytes);
  EXPECT_EQ(stats_.datagrams_sent, 1000u);
  EXPECT_EQ(stats_.send_errors, 0u);
}

TEST_F(UdpSenderTest, HasRoomAgainAfterItWasBlocked) {
  for (int round = 0; round < 100; ++round) {
    send(sender_, std::string(60'000, 'x'), 60);
    sender_.flush();
    for (int i = 0; i < 1000 && sender_.is_blocked(); ++i) {
      read_all();
      sender_.flush();
    }
    ASSERT_FALSE(sender_.is_blocked());
  }

  EXPECT_EQ(stats_.datagrams_sent, 100'000u);
}

TEST_F(UdpSenderTest, DropsWhatNobodyCanReceive) {
  ends_.theirs = Fd();

  send(sender_, "abcdefg", 3);
  sender_.flush();

  EXPECT_FALSE(sender_.is_blocked());
  EXPECT_EQ(stats_.send_errors, 3u);
}

TEST_F(UdpSenderTest, SendsNothingForAnEmptyCommit) {
  sender_.reserve(100);
  sender_.commit(0, 100, {}, {}, 0);
  sender_.flush();

  EXPECT_EQ(stats_.send_calls, 0u);
}

}  // namespace
}  // namespace qp::io
