#include "io/udp_receiver.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace qp::io {

namespace {

constexpr uint8_t kEcnBits = 0x3;

template <typename Value>
Value value_of(const cmsghdr& control) {
  Value value;
  std::memcpy(&value, CMSG_DATA(&control), sizeof value);
  return value;
}

Address address_of(const in_pktinfo& info) {
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_addr = info.ipi_addr;
  return {reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
}

Address address_of(const in6_pktinfo& info) {
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = info.ipi6_addr;
  if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) v6.sin6_scope_id = info.ipi6_ifindex;
  return {reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
}

}  // namespace

UdpReceiver::UdpReceiver(int fd, uint16_t port, UdpStats& stats)
    : fd_(fd),
      port_(port),
      stats_(stats),
      buffers_(std::make_unique_for_overwrite<unsigned char[]>(kMessagesMax * kStride)) {
  for (size_t i = 0; i < kMessagesMax; ++i) {
    vectors_[i] = {buffers_.get() + i * kStride, kMessageBytes};
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = remotes_[i].raw();
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_control = controls_[i].bytes;
  }
}

std::span<Datagram> UdpReceiver::receive() {
  if (!has_leftovers() && !read_messages()) return {};
  size_t count = 0;
  while (count < datagrams_.size()) {
    if (message_.bytes.empty()) {
      if (next_slot_ == slots_filled_) break;
      message_ = read_slot(next_slot_++);
      continue;  // it may be an empty datagram, which means nothing
    }
    const size_t size = std::min(message_.segment_bytes, message_.bytes.size());
    datagrams_[count++] = {message_.local, message_.remote, message_.ecn, message_.bytes.first(size)};
    message_.bytes = message_.bytes.subspan(size);
  }
  stats_.datagrams_received += count;
  return std::span(datagrams_).first(count);
}

bool UdpReceiver::read_messages() {
  next_slot_ = slots_filled_ = 0;
  for (mmsghdr& header : headers_) {
    header.msg_hdr.msg_namelen = Address::kSizeMax;
    header.msg_hdr.msg_controllen = kControlBytes;
  }
  int count;
  do {
    count = ::recvmmsg(fd_, headers_.data(), kMessagesMax, 0, nullptr);
    ++stats_.receive_calls;
  } while (count < 0 && errno == EINTR);
  // Other errors than "nothing there" speak of a datagram that we sent; the transport will notice by itself.
  is_drained_ = count < static_cast<int>(kMessagesMax);
  if (count <= 0) return false;
  slots_filled_ = static_cast<size_t>(count);
  return true;
}

UdpReceiver::Message UdpReceiver::read_slot(size_t slot) {
  const size_t size = headers_[slot].msg_len;
  Message message;
  message.bytes = {buffers_.get() + slot * kStride, size};
  message.segment_bytes = size;
  message.remote = remotes_[slot];
  read_control(headers_[slot].msg_hdr, message);
  message.local.set_port(port_);
  ++stats_.received_batches[batch_class((size + message.segment_bytes - 1) /
                                        std::max<size_t>(message.segment_bytes, 1))];
  return message;
}

void UdpReceiver::read_control(msghdr& header, Message& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    const int type = control->cmsg_type;
    switch (control->cmsg_level) {
      case IPPROTO_IP:
        if (type == IP_PKTINFO) message.local = address_of(value_of<in_pktinfo>(*control));
        if (type == IP_TOS) message.ecn = value_of<uint8_t>(*control) & kEcnBits;
        break;
      case IPPROTO_IPV6:
        if (type == IPV6_PKTINFO) message.local = address_of(value_of<in6_pktinfo>(*control));
        if (type == IPV6_TCLASS) message.ecn = static_cast<uint8_t>(value_of<int>(*control)) & kEcnBits;
        break;
      case IPPROTO_UDP:
        if (type == UDP_GRO)
          message.segment_bytes = static_cast<size_t>(std::max(value_of<int>(*control), 1));
        break;
      case SOL_SOCKET:
        if (type == SO_RXQ_OVFL) {
          const uint32_t drops = value_of<uint32_t>(*control);
          stats_.receive_drops += drops - kernel_drops_;
          kernel_drops_ = drops;
        }
        break;
      default: break;
    }
  }
}

}  // namespace qp::io
