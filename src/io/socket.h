// TCP sockets, and those of this machine: an owned descriptor and the few calls we make on it. Everything is
// non-blocking.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/result.h"

namespace qp::io {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct ListenOptions {
  int backlog = 4096;
  bool reuse_port = true;  // one socket per worker; the kernel spreads connections over them
};

struct Accepted {
  Fd fd;
  Address remote;
  Address local;
};

// Errors: address_in_use, permission, unsupported, exhausted (descriptors).
Result<Fd> listen_tcp(const Address& address, const ListenOptions& options);
Result<Accepted> accept_tcp(int listener);       // would_block when there is nobody
Result<Fd> connect_tcp(const Address& address);  // only begun when it returns
// To a Unix socket. Errors: unreachable (no such file), permission, refused (nobody listens, or too many
// wait), too_large (the path).
Result<Fd> connect_unix(std::string_view path);
Result<> connect_result(int fd);  // how that ended, once it is writable
bool has_ipv6();  // whether the kernel knows it at all; having an address of it is another matter
Result<Address> local_address(int fd);

// What was moved; never 0. Errors: would_block, closed (reading: the peer ended its side), reset, timed_out.
Result<size_t> read_some(int fd, std::span<unsigned char> into);
Result<size_t> write_some(int fd, std::span<const std::span<const unsigned char>> pieces);
void shutdown_write(int fd);
// Closing the descriptor will reset the connection.
void reset_on_close(int fd);

}  // namespace qp::io
