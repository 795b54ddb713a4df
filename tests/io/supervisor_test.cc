#include "io/supervisor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace qp::io {
namespace {

// The other side: a datagram socket at a path, or at an abstract address if that begins with '@'.
class Listener {
 public:
  explicit Listener(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Listener() { ::unsetenv("NOTIFY_SOCKET"); }

  std::string take() {
    std::array<char, 256> datagram;
    const ssize_t size = ::recv(fd_.get(), datagram.data(), datagram.size(), 0);
    return size < 0 ? "nothing" : std::string(datagram.data(), static_cast<size_t>(size));
  }

 private:
  Fd fd_;
};

std::string own_path() {
  return std::filesystem::path(testing::TempDir()) / ("supervisor_" + std::to_string(::getpid()));
}

TEST(SupervisorTest, IsToldAtThePathThatTheEnvironmentNames) {
  const std::string path = own_path();
  {
    Listener listener(path);

    const auto supervisor = Supervisor::from_environment();
    supervisor.tell_ready();
    supervisor.tell_stopping();

    EXPECT_EQ(listener.take(), "READY=1");
    EXPECT_EQ(listener.take(), "STOPPING=1");
    EXPECT_EQ(listener.take(), "nothing");
  }
  std::filesystem::remove(path);
}

TEST(SupervisorTest, IsToldAtAnAbstractAddress) {
  Listener listener("@quic-proxy-test-" + std::to_string(::getpid()));

  Supervisor::from_environment().tell_ready();

  EXPECT_EQ(listener.take(), "READY=1");
}

TEST(SupervisorTest, ItsAddressIsNotLeftToChildren) {
  Listener listener("@quic-proxy-test-" + std::to_string(::getpid()));

  const auto supervisor = Supervisor::from_environment();

  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  Supervisor::from_environment().tell_ready();
  EXPECT_EQ(listener.take(), "nothing");
}

TEST(SupervisorTest, NobodyAnEmptyPathAndOneTooLongAreLeftAlone) {
  Supervisor::from_environment().tell_ready();

  for (const std::string& path :
       {std::string(), std::string(sizeof(sockaddr_un::sun_path), 'x'), std::string("/none")}) {
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    Supervisor::from_environment().tell_ready();
  }
}

}  // namespace
}  // namespace qp::io
