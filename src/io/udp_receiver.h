// The receiving half of a UDP socket: recvmmsg into a few large buffers, which the kernel fills with runs of
// datagrams of one peer (UDP_GRO) and which are cut into datagrams again here.
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "io/udp.h"

namespace qp::io {

class UdpReceiver {
 public:
  UdpReceiver(int fd, uint16_t port, UdpStats& stats);
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  std::span<Datagram> receive();
  bool may_have_more() const { return !is_drained_ || has_leftovers(); }

 private:
  static constexpr size_t kMessagesMax = 16;
  // A message is at most 64 KiB. The odd lines beyond keep the buffers' beginnings, which are all that small
  // datagrams use, from falling into the same few sets of the processor's cache.
  static constexpr size_t kMessageBytes = 64 * 1024;
  static constexpr size_t kStride = kMessageBytes + 23 * 64;
  static constexpr size_t kControlBytes = 192;

  struct Message {  // what one slot of the last recvmmsg brought
    std::span<unsigned char> bytes;
    size_t segment_bytes = 0;
    Address local;
    Address remote;
    uint8_t ecn = 0;
  };

  bool has_leftovers() const { return !message_.bytes.empty() || next_slot_ < slots_filled_; }
  bool read_messages();
  Message read_slot(size_t slot);
  void read_control(msghdr& header, Message& message);

  int fd_;
  uint16_t port_;
  UdpStats& stats_;
  bool is_drained_ = false;    // the last call found the kernel's queue empty
  uint32_t kernel_drops_ = 0;  // as last reported; it wraps around

  std::unique_ptr<unsigned char[]> buffers_;  // touched only as far as datagrams have filled it
  std::array<mmsghdr, kMessagesMax> headers_{};
  std::array<iovec, kMessagesMax> vectors_{};
  std::array<Address, kMessagesMax> remotes_{};
  struct alignas(cmsghdr) Control {
    unsigned char bytes[kControlBytes];
  };
  std::array<Control, kMessagesMax> controls_;

  size_t slots_filled_ = 0;
  size_t next_slot_ = 0;
  Message message_;  // being cut; what is left of it
  std::array<Datagram, UdpSocket::kDatagramsMax> datagrams_;
};

}  // namespace qp::io
