#include "io/socket.h"

#include <netinet/tcp.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include "io/system_error.h"

namespace qp::io {

namespace {

constexpr size_t kPiecesMax = 64;  // per write; the rest goes with the next one
constexpr int kAcceptTriesMax = 16;

Result<> set_option(int fd, int level, int name, int value, const char* detail) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) return system_failure(errno, detail);
  return {};
}

Result<Fd> open_tcp(const Address& address) {
  Fd fd(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.is_open()) return system_failure(errno, "cannot open a TCP socket");
  // A head and its body leave in one write; there is nothing that waiting for more could save.
  if (auto set = set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1, "cannot set TCP_NODELAY"); !set) {
    return std::unexpected(set.error());
  }
  return fd;
}

// These concern one connection that died while it waited in the queue, not the listener (accept(2)).
bool is_stillborn(int error_number) {
  switch (error_number) {
    case ECONNABORTED:
    case EPROTO:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT: return true;
    default: return false;
  }
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Fd> listen_tcp(const Address& address, const ListenOptions& options) {
  Result<Fd> fd = open_tcp(address);
  if (!fd) return fd;
  if (auto set = set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1, "cannot set SO_REUSEADDR"); !set) {
    return std::unexpected(set.error());
  }
  if (options.reuse_port) {
    if (auto set = set_option(fd->get(), SOL_SOCKET, SO_REUSEPORT, 1, "cannot set SO_REUSEPORT"); !set) {
      return std::unexpected(set.error());
    }
  }
  if (address.is_v6()) {
    if (auto set = set_option(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, 0, "cannot take IPv4 as well"); !set) {
      return std::unexpected(set.error());
    }
  }
  if (::bind(fd->get(), address.raw(), address.size()) != 0) return system_failure(errno, "cannot bind");
  if (::listen(fd->get(), options.backlog) != 0) return system_failure(errno, "cannot listen");
  return fd;
}

Result<Accepted> accept_tcp(int listener) {
  Accepted accepted;
  for (int i = 0; i < kAcceptTriesMax; ++i) {
    socklen_t size = Address::kSizeMax;
    // TCP_NODELAY is inherited from the listener.
    accepted.fd = Fd(::accept4(listener, accepted.remote.raw(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.fd.is_open()) {
      Result<Address> local = local_address(accepted.fd.get());
      if (!local) return std::unexpected(local.error());
      accepted.local = *local;
      return accepted;
    }
    if (!is_stillborn(errno)) return system_failure(errno, "cannot accept");
  }
  return fail(ErrorCode::would_block, Origin::self, "many connections died before they were accepted");
}

Result<Fd> connect_tcp(const Address& address) {
  Result<Fd> fd = open_tcp(address);
  if (!fd) return fd;
  // An interrupted connect goes on by itself, as one that is in progress does.
  if (::connect(fd->get(), address.raw(), address.size()) != 0 && errno != EINPROGRESS && errno != EINTR) {
    return system_failure(errno, "cannot connect");
  }
  return fd;
}

Result<Fd> connect_unix(std::string_view path) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::too_large, Origin::self, "the path of the socket is too long");
  }
  path.copy(address.sun_path, path.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return system_failure(errno, "cannot open a Unix socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  switch (errno) {  // it never goes on by itself (unix(7))
    case ENOENT:
    case ENOTDIR: return fail(ErrorCode::unreachable, Origin::self, "there is no such socket");
    case EAGAIN: return fail(ErrorCode::refused, Origin::self, "too many wait at the socket");
    default: return system_failure(errno, "cannot connect to the socket");
  }
}

Result<> connect_result(int fd) {
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) error_number = errno;
  if (error_number != 0) return system_failure(error_number, "cannot connect");
  return {};
}

bool has_ipv6() {
  const Fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.is_open() || errno != EAFNOSUPPORT;
}

Result<Address> local_address(int fd) {
  Address address;
  socklen_t size = Address::kSizeMax;
  if (getsockname(fd, address.raw(), &size) != 0)
    return system_failure(errno, "cannot tell the local address");
  return address;
}

Result<size_t> read_some(int fd, std::span<unsigned char> into) {
  assert(!into.empty());
  for (;;) {
    const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0) return fail(ErrorCode::closed, Origin::self, "the peer closed the connection");
    if (errno != EINTR) return system_failure(errno, "cannot read");
  }
}

Result<size_t> write_some(int fd, std::span<const std::span<const unsigned char>> pieces) {
  assert(!pieces.empty());
  std::array<iovec, kPiecesMax> vectors;
  const size_t count = std::min(pieces.size(), vectors.size());
  for (size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<unsigned char*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message = {};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<size_t>(sent);
    if (errno != EINTR) return system_failure(errno, "cannot write");
  }
}

void shutdown_write(int fd) {
  ::shutdown(fd, SHUT_WR);  // fails only if the connection is gone already, which reading will tell
}

void reset_on_close(int fd) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);  // fails only if it is gone already
}

}  // namespace qp::io
