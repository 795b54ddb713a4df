// UDP in batches: many datagrams per system call, in (recvmmsg, UDP_GRO) and out (sendmmsg, UDP_SEGMENT),
// with the ECN bits (RFC 3168) and the local address of every datagram. Where the kernel or a device refuses
// to segment, the same datagrams are sent one by one, and later batches don't try again.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"
#include "io/socket.h"

namespace qp::io {

struct Datagram {  // on an IPv6 socket both addresses of an IPv4 datagram are v4-mapped
  Address local;   // where it arrived; the port is the socket's
  Address remote;
  uint8_t ecn = 0;                 // two bits
  std::span<unsigned char> bytes;  // writable: QUIC removes header protection in place
};

struct UdpOptions {
  int receive_buffer_bytes = 8 * 1024 * 1024;  // asked for; the kernel may grant less
  int send_buffer_bytes = 8 * 1024 * 1024;
  bool reuse_port = true;
  bool offload = true;  // false: neither GSO nor GRO, as on kernels that have none
};

// Batches by the number of their datagrams: 1, 2, 3 to 4, 5 to 8, …, 65 to 128, more.
using BatchSizes = std::array<uint64_t, 9>;
constexpr size_t batch_class(size_t datagrams) {
  return datagrams == 0 ? 0 : std::min<size_t>(std::bit_width(datagrams - 1), BatchSizes{}.size() - 1);
}

struct UdpStats {  // counted since the socket was opened
  uint64_t datagrams_received = 0;
  uint64_t receive_calls = 0;
  uint64_t datagrams_sent = 0;
  uint64_t send_calls = 0;
  uint64_t batches_sent = 0;          // one or more datagrams of one size to one peer
  BatchSizes sent_batches{};          // the same by size
  BatchSizes received_batches{};      // what the kernel handed over as one message
  uint64_t segmentation_refused = 0;  // the same datagrams went out one by one
  uint64_t send_errors = 0;           // datagrams given up, e.g. unreachable or larger than the path's MTU
  uint64_t receive_drops = 0;         // SO_RXQ_OVFL: the kernel's queue was full
};

class UdpSocket {
 public:
  static Result<UdpSocket> bind(const Address& address, const UdpOptions& options);
  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;
  ~UdpSocket();

  int fd() const;
  Address local() const;
  int receive_buffer_bytes() const;  // granted
  bool has_segmentation() const;     // GSO works so far
  bool has_coalescing() const;       // GRO was accepted
  const UdpStats& stats() const;

  // Reads one batch: at most kDatagramsMax datagrams, GRO buffers split. Empty: nothing there. Valid until
  // the next call.
  static constexpr size_t kDatagramsMax = 256;
  std::span<Datagram> receive();
  // False if the last receive() emptied the kernel's queue: what comes later is told by a new "readable".
  bool may_have_more() const;

  // Sending: write up to `size_max` (<= kBatchBytesMax) bytes into reserve(), then commit() what was written
  // as datagrams of `segment_bytes` each (the last may be shorter) from `local` to `remote`. They leave at
  // flush(), or earlier when the queue is full. An unset `local` leaves the choice to the kernel.
  // is_blocked(): the kernel takes no more, and reserve() returns nothing until a flush() after "writable"
  // succeeded.
  static constexpr size_t kBatchBytesMax = 65507;
  std::span<unsigned char> reserve(size_t size_max);
  void commit(size_t bytes, size_t segment_bytes, const Address& local, const Address& remote, uint8_t ecn);
  void flush();
  bool is_blocked() const;

 private:
  struct State;
  explicit UdpSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Asks the kernel to choose, among the sockets of a reuse_port group, the one that byte `offset` of a
// datagram's short header names, modulo their number (classic BPF, no privilege needed; sockets count from 0
// as they were bound). Datagrams with a long header go by address as usual. `unsupported` is not an error for
// the caller: user space forwards what arrives at the wrong worker.
Result<> steer_by_byte(int fd, uint32_t offset, uint32_t sockets);

}  // namespace qp::io
