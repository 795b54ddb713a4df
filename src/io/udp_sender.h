// The sending half of a UDP socket: batches of datagrams queue in one arena and leave together (sendmmsg),
// each batch cut into datagrams by the kernel or the device (UDP_SEGMENT) as long as they do that.
//
//   arena  | batch | batch          | batch | ....... free ....... |
//                                           ^ used_
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "io/udp.h"

namespace qp::io {

class UdpSender {
 public:
  UdpSender(int fd, bool has_segmentation, UdpStats& stats);
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  std::span<unsigned char> reserve(size_t size_max);
  void commit(size_t bytes, size_t segment_bytes, const Address& local, const Address& remote, uint8_t ecn);
  void flush();
  bool is_blocked() const { return is_blocked_; }
  bool has_segmentation() const { return has_segmentation_; }

 private:
  static constexpr size_t kArenaBytes = 8 * 64 * 1024;
  static constexpr size_t kBatchesMax = 16;
  static constexpr size_t kSegmentsMax = 64;  // of one message: the kernel's limit before Linux 6.9
  static constexpr size_t kMessagesMax = 64;  // of one call

  struct Batch {                           // datagrams of one size to one peer; the last may be shorter
    std::span<const unsigned char> bytes;  // not sent yet
    size_t segment_bytes = 0;
    uint8_t ecn = 0;
    bool one_by_one = false;  // the kernel would not cut it
    Address local;
    Address remote;
  };
  struct Messages;

  bool try_append(const Batch& follower);
  void fill(Messages& messages) const;
  size_t next_message_bytes(const Batch& batch, size_t bytes_left) const;
  void handle_sent(const Messages& messages, size_t count);
  void handle_failure(const Messages& messages, int error_number);
  void drop_first_batch();

  int fd_;
  bool has_segmentation_;
  bool is_blocked_ = false;
  UdpStats& stats_;

  std::unique_ptr<unsigned char[]> arena_;
  size_t used_ = 0;
  std::array<Batch, kBatchesMax> batches_;
  size_t first_ = 0;  // not sent yet
  size_t end_ = 0;
};

}  // namespace qp::io
