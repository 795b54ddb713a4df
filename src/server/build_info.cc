#include "server/build_info.h"

#include <fmt/format.h>

#include <string_view>

#include "codec/h3_library.h"
#include "conn/quic_token.h"
#include "io/udp.h"
#include "transport/quic_library.h"
#include "version.h"

namespace qp::server {

namespace {

// Asked of a socket, not guessed from a version: containers and sandboxes differ from their kernel's number.
std::string kernel_features() {
  const auto loopback = Address::parse("127.0.0.1", 0);
  const auto socket = loopback ? io::UdpSocket::bind(*loopback, {}) : std::unexpected(loopback.error());
  if (!socket) return fmt::format("unknown ({})", socket.error().detail);
  const auto yes_no = [](bool has) { return has ? "yes" : "no"; };
  const bool is_steered = io::steer_by_byte(socket->fd(), conn::steering_byte({}), 1).has_value();
  return fmt::format(
      "UDP segmentation {}, UDP coalescing {}, reuseport steering {}, UDP receive buffer {} KiB",
      yes_no(socket->has_segmentation()), yes_no(socket->has_coalescing()), yes_no(is_steered),
      socket->receive_buffer_bytes() / 1024);
}

}  // namespace

std::string build_info() {
  return fmt::format(
      "quic-proxy {}\nbuild: {}, {}\nlibraries: {}, {}\nprotocols: HTTP/3 (QUIC v1, v2), HTTP/1.1\n"
      "kernel: {}\n",
      kVersion, kBuildType, kCompiler, transport::quic_libraries(), codec::h3_library(), kernel_features());
}

}  // namespace qp::server
