#include "io/udp.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>

#include "io/system_error.h"
#include "io/udp_receiver.h"
#include "io/udp_sender.h"

namespace qp::io {

namespace {

bool try_set(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// What every datagram must tell us, and that none may be fragmented on its way (RFC 9000, 14): the path's MTU
// is found by the transport's own probes. On an IPv6 socket the IPv4 options matter to IPv4 peers.
bool set_packet_options(int fd, bool is_v6) {
  bool is_set =
      try_set(fd, IPPROTO_IP, IP_RECVTOS, 1) && try_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  if (is_v6) {
    is_set = is_set && try_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) &&
             try_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
             try_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) &&
             try_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE) &&
             try_set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
  } else {
    is_set = is_set && try_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
  return is_set;
}

// The first option may pass the system's limit but takes a privilege.
void enlarge(int fd, int forced_option, int option, int bytes) {
  if (!try_set(fd, SOL_SOCKET, forced_option, bytes)) try_set(fd, SOL_SOCKET, option, bytes);
}

bool has_gso(int fd) {
  int segment = 0;
  socklen_t size = sizeof segment;
  return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, &size) == 0;
}

}  // namespace

struct UdpSocket::State {
  State(Fd socket, const Address& address, bool is_coalescing, bool is_segmenting)
      : fd(std::move(socket)),
        local(address),
        has_coalescing(is_coalescing),
        receiver(fd.get(), address.port(), stats),
        sender(fd.get(), is_segmenting, stats) {}

  Fd fd;
  Address local;
  bool has_coalescing;
  UdpStats stats;
  UdpReceiver receiver;
  UdpSender sender;
};

Result<UdpSocket> UdpSocket::bind(const Address& address, const UdpOptions& options) {
  Fd fd(::socket(address.raw()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!fd.is_open()) return system_failure(errno, "cannot open a UDP socket");
  if (!set_packet_options(fd.get(), address.is_v6()))
    return system_failure(errno, "cannot set up a UDP socket");
  if (options.reuse_port && !try_set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) {
    return system_failure(errno, "cannot set SO_REUSEPORT");
  }
  try_set(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);  // only a figure is lost without
  enlarge(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes);
  enlarge(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes);
  const bool is_coalescing = options.offload && try_set(fd.get(), IPPROTO_UDP, UDP_GRO, 1);
  const bool is_segmenting = options.offload && has_gso(fd.get());
  if (::bind(fd.get(), address.raw(), address.size()) != 0) return system_failure(errno, "cannot bind");

  Result<Address> local = local_address(fd.get());
  if (!local) return std::unexpected(local.error());
  return UdpSocket(std::make_unique<State>(std::move(fd), *local, is_coalescing, is_segmenting));
}

UdpSocket::UdpSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

int UdpSocket::fd() const {
  return state_->fd.get();
}
Address UdpSocket::local() const {
  return state_->local;
}
bool UdpSocket::has_segmentation() const {
  return state_->sender.has_segmentation();
}
bool UdpSocket::has_coalescing() const {
  return state_->has_coalescing;
}
const UdpStats& UdpSocket::stats() const {
  return state_->stats;
}

int UdpSocket::receive_buffer_bytes() const {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  if (getsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0) return 0;
  return bytes / 2;  // the kernel doubles what is asked for, to cover its own overhead, and reports that
}

std::span<Datagram> UdpSocket::receive() {
  return state_->receiver.receive();
}
bool UdpSocket::may_have_more() const {
  return state_->receiver.may_have_more();
}
std::span<unsigned char> UdpSocket::reserve(size_t size_max) {
  return state_->sender.reserve(size_max);
}
void UdpSocket::commit(size_t bytes, size_t segment_bytes, const Address& local, const Address& remote,
                       uint8_t ecn) {
  state_->sender.commit(bytes, segment_bytes, local, remote, ecn);
}
void UdpSocket::flush() {
  state_->sender.flush();
}
bool UdpSocket::is_blocked() const {
  return state_->sender.is_blocked();
}

Result<> steer_by_byte(int fd, uint32_t offset, uint32_t sockets) {
  assert(sockets > 0);
  constexpr uint32_t kLongHeader = 0x80;       // RFC 9000, 17.2
  constexpr uint32_t kByAddress = 0xffffffff;  // an index beyond the group: the kernel falls back to its hash
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kLongHeader, 3, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset),  // beyond the datagram's end the program returns 0
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, sockets), BPF_STMT(BPF_RET | BPF_A, 0),
      BPF_STMT(BPF_RET | BPF_K, kByAddress),
  };
  const sock_fprog attached = {static_cast<unsigned short>(std::size(program)), program};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) != 0) {
    return fail(ErrorCode::unsupported, Origin::self, "the kernel does not steer datagrams for us");
  }
  return {};
}

}  // namespace qp::io
