#include "io/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace qp::io {

Supervisor Supervisor::from_environment() {
  Supervisor supervisor;
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return supervisor;
  supervisor.path_ = path;
  ::unsetenv("NOTIFY_SOCKET");
  supervisor.fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return supervisor;
}

void Supervisor::tell(std::string_view state) const {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (!fd_.is_open() || path_.empty() || path_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_.front() == '@') address.sun_path[0] = '\0';
  const size_t size = offsetof(sockaddr_un, sun_path) + path_.size();
  static_cast<void>(::sendto(fd_.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)));
}

}  // namespace qp::io
