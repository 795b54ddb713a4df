#include "io/udp_sender.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace qp::io {

namespace {

size_t datagrams_in(size_t bytes, size_t segment_bytes) {
  return (bytes + segment_bytes - 1) / segment_bytes;
}

// Appends ancillary data to a message.
class ControlWriter {
 public:
  explicit ControlWriter(std::span<unsigned char> buffer) : buffer_(buffer) {}

  template <typename Value>
  void add(int level, int type, const Value& value) {
    assert(size_ + CMSG_SPACE(sizeof value) <= buffer_.size());
    cmsghdr header = {};
    header.cmsg_len = CMSG_LEN(sizeof value);
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::memcpy(buffer_.data() + size_, &header, sizeof header);
    std::memcpy(buffer_.data() + size_ + CMSG_LEN(0), &value, sizeof value);
    size_ += CMSG_SPACE(sizeof value);
  }

  size_t size() const { return size_; }

 private:
  std::span<unsigned char> buffer_;
  size_t size_ = 0;
};

// IPv4 peers of an IPv6 socket (v4-mapped addresses) take IPv6's packet info but IPv4's type of service.
void add_ecn(ControlWriter& control, const Address& remote, uint8_t ecn) {
  if (ecn == 0) return;
  const bool is_v6_packet = remote.is_v6() && remote == remote.unmapped();
  if (is_v6_packet) {
    control.add(IPPROTO_IPV6, IPV6_TCLASS, int{ecn});
  } else {
    control.add(IPPROTO_IP, IP_TOS, int{ecn});
  }
}

void add_source(ControlWriter& control, const Address& local) {
  if (!local.is_set()) return;
  if (local.is_v6()) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(local.raw());
    control.add(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{v6->sin6_addr, v6->sin6_scope_id});
  } else {
    in_pktinfo info = {};
    info.ipi_spec_dst = reinterpret_cast<const sockaddr_in*>(local.raw())->sin_addr;
    control.add(IPPROTO_IP, IP_PKTINFO, info);
  }
}

}  // namespace

// What one sendmmsg is told. It points into the sender's batches.
struct UdpSender::Messages {
  static constexpr size_t kControlBytes =
      CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint16_t));
  struct alignas(cmsghdr) Control {
    unsigned char bytes[kControlBytes];
  };

  size_t count = 0;
  std::array<mmsghdr, kMessagesMax> headers;
  std::array<iovec, kMessagesMax> vectors;
  std::array<Control, kMessagesMax> controls;

  void add(const Batch& batch, std::span<const unsigned char> bytes) {
    ControlWriter control(controls[count].bytes);
    add_source(control, batch.local);
    add_ecn(control, batch.remote, batch.ecn);
    if (bytes.size() > batch.segment_bytes) {
      control.add(IPPROTO_UDP, UDP_SEGMENT, static_cast<uint16_t>(batch.segment_bytes));
    }
    vectors[count] = {const_cast<unsigned char*>(bytes.data()), bytes.size()};
    msghdr header = {};
    header.msg_name = const_cast<sockaddr*>(batch.remote.raw());
    header.msg_namelen = batch.remote.size();
    header.msg_iov = &vectors[count];
    header.msg_iovlen = 1;
    header.msg_control = controls[count].bytes;
    header.msg_controllen = control.size();
    headers[count] = {header, 0};
    ++count;
  }
};

UdpSender::UdpSender(int fd, bool has_segmentation, UdpStats& stats)
    : fd_(fd),
      has_segmentation_(has_segmentation),
      stats_(stats),
      arena_(std::make_unique_for_overwrite<unsigned char[]>(kArenaBytes)) {}

std::span<unsigned char> UdpSender::reserve(size_t size_max) {
  assert(size_max <= UdpSocket::kBatchBytesMax);
  if (is_blocked_) return {};
  if (end_ == kBatchesMax || kArenaBytes - used_ < size_max) {
    flush();
    if (is_blocked_) return {};
  }
  return {arena_.get() + used_, size_max};
}

void UdpSender::commit(size_t bytes, size_t segment_bytes, const Address& local, const Address& remote,
                       uint8_t ecn) {
  assert(bytes <= kArenaBytes - used_);
  assert(segment_bytes > 0);
  assert(end_ < kBatchesMax);
  if (bytes == 0) return;
  const Batch batch = {.bytes = {arena_.get() + used_, bytes},
                       .segment_bytes = std::min(segment_bytes, bytes),
                       .ecn = ecn,
                       .local = local,
                       .remote = remote};
  used_ += bytes;
  if (!try_append(batch)) batches_[end_++] = batch;
}

// Packets that a connection writes one at a time become a batch here.
bool UdpSender::try_append(const Batch& follower) {
  if (end_ == first_) return false;
  Batch& last = batches_[end_ - 1];
  if (last.bytes.size() % last.segment_bytes != 0) return false;  // it ends with a shorter datagram
  const bool is_of_same_size = follower.segment_bytes == last.segment_bytes;
  const bool is_shorter_end =
      follower.bytes.size() == follower.segment_bytes && follower.segment_bytes < last.segment_bytes;
  if (!is_of_same_size && !is_shorter_end) return false;
  if (last.one_by_one || last.ecn != follower.ecn) return false;
  if (!(last.remote == follower.remote) || !(last.local == follower.local)) return false;
  last.bytes = {last.bytes.data(), last.bytes.size() + follower.bytes.size()};
  return true;
}

void UdpSender::flush() {
  is_blocked_ = false;
  while (first_ < end_ && !is_blocked_) {
    Messages messages;
    fill(messages);
    const int sent =
        ::sendmmsg(fd_, messages.headers.data(), static_cast<unsigned>(messages.count), MSG_NOSIGNAL);
    ++stats_.send_calls;
    if (sent > 0) {
      handle_sent(messages, static_cast<size_t>(sent));
    } else {
      handle_failure(messages, errno);
    }
  }
  if (first_ == end_) first_ = end_ = used_ = 0;
}

void UdpSender::fill(Messages& messages) const {
  for (size_t i = first_; i < end_; ++i) {
    std::span<const unsigned char> left = batches_[i].bytes;
    while (!left.empty()) {
      if (messages.count == kMessagesMax) return;
      const size_t size = next_message_bytes(batches_[i], left.size());
      messages.add(batches_[i], left.first(size));
      left = left.subspan(size);
    }
  }
}

size_t UdpSender::next_message_bytes(const Batch& batch, size_t bytes_left) const {
  if (!has_segmentation_ || batch.one_by_one) return std::min(bytes_left, batch.segment_bytes);
  const size_t segments =
      std::clamp<size_t>(UdpSocket::kBatchBytesMax / batch.segment_bytes, 1, kSegmentsMax);
  return std::min(bytes_left, segments * batch.segment_bytes);
}

void UdpSender::handle_sent(const Messages& messages, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Batch& batch = batches_[first_];
    const size_t size = messages.vectors[i].iov_len;
    if (batch.one_by_one &&
        has_segmentation_) {  // it goes out when we cut it: then it was the kernel's cutting that failed
      has_segmentation_ = false;
      ++stats_.segmentation_refused;
    }
    ++stats_.batches_sent;
    const size_t datagrams = datagrams_in(size, batch.segment_bytes);
    stats_.datagrams_sent += datagrams;
    ++stats_.sent_batches[batch_class(datagrams)];
    batch.bytes = batch.bytes.subspan(size);
    if (batch.bytes.empty()) ++first_;
  }
}

void UdpSender::handle_failure(const Messages& messages, int error_number) {
  Batch& batch = batches_[first_];
  const bool was_cut_by_kernel = messages.vectors[0].iov_len > batch.segment_bytes;
  switch (error_number) {
    case EINTR: return;
    case EAGAIN: is_blocked_ = true; return;
    case EIO:  // the device can't compute checksums of the pieces
    case EINVAL:
      if (!was_cut_by_kernel) return drop_first_batch();
      batch.one_by_one = true;
      return;
    default: return drop_first_batch();  // loss, as far as QUIC can tell
  }
}

void UdpSender::drop_first_batch() {
  const Batch& batch = batches_[first_++];
  stats_.send_errors += datagrams_in(batch.bytes.size(), batch.segment_bytes);
}

}  // namespace qp::io
