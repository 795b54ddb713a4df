// Who is at the other end of a connection, and how it is doing. Owned by the connection; streams point to it.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"

namespace qp::http {

struct Peer {
  std::string
      address;  // the IP address as text, validated: a QUIC client's new path counts once it is proven
  uint16_t port = 0;
  std::string local_address;
  uint16_t local_port = 0;
  bool is_encrypted = false;
  std::string tls_version;  // "TLSv1.3", empty without TLS
  std::string cipher;
  std::string server_name;                         // SNI as the client sent it, lower case
  std::span<const std::string> certificate_names;  // of the one that the client was shown; wildcards included
  uint64_t connection_id = 0;                      // a number for logs, unique in this process

  // QUIC only; refreshed before a stream tells its owner that it ended.
  Duration smoothed_rtt{};
  uint64_t packets_sent = 0;
  uint64_t packets_lost = 0;
  uint64_t congestion_window_bytes = 0;
};

}  // namespace qp::http
