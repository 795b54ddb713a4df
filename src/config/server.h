// The section `server`: what clients see of the proxy, and what they may cost it.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/network.h"
#include "config/place.h"
#include "config/pool.h"
#include "config/timeouts.h"
#include "config/words.h"

namespace qp::config {

struct Certificate {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;   // PEM
  bool operator==(const Certificate&) const = default;
};

/// Certificates of the listeners. The names each one serves, wildcards included, are taken from the
/// certificate.
struct ServerTls {
  std::string cert_file;  // the default certificate, for clients that name no server or an unknown one
  std::string key_file;
  std::vector<Certificate> certificates;  // further ones, chosen by SNI
  bool operator==(const ServerTls&) const = default;
};

/// All certificates of a listener, the default one first.
std::vector<Certificate> all_certificates(const ServerTls& tls);

enum class Congestion { bbr, cubic, reno };
enum class StatelessRetry { off, adaptive, always };

/// Connection IDs that a load balancer in front can route by: QUIC-LB, draft-ietf-quic-load-balancers.
struct RoutableIds {
  std::string server_id;        // bytes; of this instance; empty: off
  std::uint32_t config_id = 0;  // as the balancer calls its configuration
  std::string key_file;         // shared with the balancer; empty: the server ID stands in the open
  bool operator==(const RoutableIds&) const = default;
};

struct Quic {
  std::uint32_t max_concurrent_streams = 100;  // request streams a client may have open on one connection
  Duration idle_timeout = std::chrono::seconds(30);
  Duration keep_alive = kOff;  // interval of pings on a connection that has nothing to say, requests or not
  Congestion congestion = Congestion::bbr;
  std::uint64_t max_udp_payload = 1452;  // bytes; where path MTU discovery stops
  std::uint64_t initial_stream_window = 256 * 1024;
  std::uint64_t initial_connection_window = 1024 * 1024;
  std::uint64_t max_stream_window = 6 * 1024 * 1024;  // windows grow up to these with the measured path
  std::uint64_t max_connection_window = 16 * 1024 * 1024;
  StatelessRetry retry = StatelessRetry::adaptive;
  std::uint32_t retry_above_half_open =
      256;  // adaptive: half-open handshakes of a worker above which Retry is sent
  RoutableIds routable_ids;
  bool operator==(const Quic&) const = default;
};

/// Streams per connection are limited by Quic::max_concurrent_streams.
struct Limits {
  std::uint64_t head_bytes_max = 64 * 1024;  // of a request or response head, and of trailers, decoded
  std::uint64_t uri_bytes_max = 16 * 1024;
  std::uint32_t head_fields_max = 128;
  std::uint64_t body_bytes_max = kUnlimited;           // of a request
  std::uint64_t stream_buffer_bytes_max = 256 * 1024;  // waiting between the two sides, per direction
  std::uint64_t worker_memory_bytes_max = 256 * 1024 * 1024;
  std::uint32_t connections_per_worker_max = 65536;
  std::uint32_t connections_per_ip_max = 16384;   // and worker
  std::uint32_t half_open_handshakes_max = 4096;  // per worker
  Pool pool;
  bool operator==(const Limits&) const = default;
};

struct AltSvc {
  bool enabled = true;
  std::uint16_t advertised_port = 0;  // 0 is the port of server.address
  Duration max_age = std::chrono::hours(24);
  bool operator==(const AltSvc&) const = default;
};

struct Server {
  std::string name = "quic-proxy";  // in Via, Proxy-Status and telemetry
  ListenAddress address{.host = "", .port = 443};
  std::optional<ListenAddress> fallback_address =
      ListenAddress{.host = "", .port = 80};  // none: no plain HTTP
  ServerTls tls;
  std::uint32_t workers = 0;  // 0: one per core
  Quic quic;
  Limits limits;
  Timeouts timeouts;
  Duration shutdown_timeout = std::chrono::seconds(30);
  std::vector<Network> trusted_proxies;  // peers whose forwarding fields are believed
  AltSvc alt_svc;
  std::string secret_file;  // seeds the keys of tickets, tokens, resets and connection IDs; empty: random
  std::vector<std::string> former_secret_files;  // what was made under these is still honoured
  bool operator==(const Server&) const = default;
};

}  // namespace qp::config
