#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

constexpr Range<Duration> kTimeout{milliseconds(1), hours(24)};
constexpr std::string_view kFile = "the path of a file";

constexpr Choice<Congestion> kCongestions[] = {
    {"bbr", Congestion::bbr}, {"cubic", Congestion::cubic}, {"reno", Congestion::reno}};
constexpr Choice<StatelessRetry> kRetries[] = {
    {"off", StatelessRetry::off}, {"adaptive", StatelessRetry::adaptive}, {"always", StatelessRetry::always}};

Value file_name(std::string& name) {
  return text(name, parse_plain, kFile);
}

}  // namespace

void describe(Visitor& v, Certificate& certificate) {
  v.value({"cert_file", "Certificate chain in PEM, the server's own certificate first.", Need::required},
          text(certificate.cert_file, parse_plain, kFile));
  v.value({"key_file", "Private key of that certificate in PEM.", Need::required},
          text(certificate.key_file, parse_plain, kFile));
}

void describe(Visitor& v, ServerTls& tls) {
  v.value({"cert_file",
           "Default certificate chain in PEM, the server's own certificate first; for clients that name no "
           "server or an "
           "unknown one.",
           Need::required},
          text(tls.cert_file, parse_plain, kFile));
  v.value({"key_file", "Private key of the default certificate in PEM.", Need::required},
          text(tls.key_file, parse_plain, kFile));
  v.sections({"certificates",
              "Further certificates. The client's SNI chooses among all of them by the names that they hold, "
              "wildcards "
              "included."},
             sections_of(tls.certificates));
}

void describe(Visitor& v, RoutableIds& ids) {
  v.value({"server_id",
           "What the balancer calls this instance, in hexadecimal digits, such as 0a01. Empty: off."},
          text(ids.server_id, parse_server_id, "up to 6 hexadecimal digits, two for each byte"));
  v.value({"config_id", "What the balancer calls the configuration that it shares with its servers."},
          count(ids.config_id, {0, 6}));
  v.value({"key_file",
           "File of 32 hexadecimal digits, the key that the balancer reads the IDs with. Empty: the server "
           "ID stands "
           "in them for everybody to read."},
          text(ids.key_file, parse_plain, kFile));
}

void describe(Visitor& v, Quic& quic) {
  v.value({"max_concurrent_streams", "Requests that a client may have open on one connection."},
          count(quic.max_concurrent_streams, {1, 65535}));
  v.value({"idle_timeout", "A connection that is silent for so long is closed."},
          duration(quic.idle_timeout, {seconds(1), minutes(10)}));
  v.value({"keep_alive",
           "Pings a silent connection at this interval, so that address translators on the way remember it. "
           "While a request is open, pings are sent often enough in any case."},
          duration_or_off(quic.keep_alive, {seconds(1), minutes(10)}));
  v.value({"congestion", "Congestion control of what is sent to clients."},
          choice(quic.congestion, kCongestions));
  v.value({"max_udp_payload", "Largest datagram that path MTU discovery tries."},
          size(quic.max_udp_payload, {1200, 65527}));
  v.value({"initial_stream_window",
           "Bytes of a request body that a client may send before it is asked for more."},
          size(quic.initial_stream_window, {16 * kKiB, kGiB}));
  v.value({"initial_connection_window", "The same for all streams of a connection together."},
          size(quic.initial_connection_window, {16 * kKiB, kGiB}));
  v.value(
      {"max_stream_window", "A stream's window grows up to this with the bandwidth and delay of the path."},
      size(quic.max_stream_window, {16 * kKiB, kGiB}));
  v.value({"max_connection_window", "The same for a connection."},
          size(quic.max_connection_window, {16 * kKiB, kGiB}));
  v.value({"retry",
           "Makes clients prove their address by a Retry packet: never, when many handshakes are half open, "
           "or always."},
          choice(quic.retry, kRetries));
  v.value({"retry_above_half_open", "Half-open handshakes of one worker above which adaptive Retry begins."},
          count(quic.retry_above_half_open, {0, 1'000'000}));
  v.section({"routable_ids",
             "Connection IDs that a load balancer in front can route by (QUIC-LB), so that a connection "
             "stays with its "
             "instance when the client's address changes."},
            section_of(quic.routable_ids));
}

void describe(Visitor& v, Limits& limits) {
  v.value({"head_bytes_max", "Size of a message's head, decoded; trailers have the same limit."},
          size(limits.head_bytes_max, {kKiB, kMiB}));
  v.value({"uri_bytes_max", "Length of a request's target."}, size(limits.uri_bytes_max, {256, kMiB}));
  v.value({"head_fields_max", "Number of fields in a message's head."},
          count(limits.head_fields_max, {8, 4096}));
  v.value({"body_bytes_max", "Size of a request's body."},
          size_or_unlimited(limits.body_bytes_max, {0, 1024 * kGiB}));
  v.value({"stream_buffer_bytes_max", "Bytes of one body that wait between the two sides, per direction."},
          size(limits.stream_buffer_bytes_max, {16 * kKiB, 64 * kMiB}));
  v.value({"worker_memory_bytes_max",
           "Bytes of all bodies that one worker holds; near it streams get small buffers, above it new "
           "requests are "
           "answered with 503."},
          size(limits.worker_memory_bytes_max, {4 * kMiB, 1024 * kGiB}));
  v.value({"connections_per_worker_max", "Client connections of one worker."},
          count(limits.connections_per_worker_max, {1, 10'000'000}));
  v.value({"connections_per_ip_max", "Client connections of one worker from one address."},
          count(limits.connections_per_ip_max, {1, 10'000'000}));
  v.value({"half_open_handshakes_max", "QUIC and TLS handshakes of one worker that are not complete."},
          count(limits.half_open_handshakes_max, {1, 1'000'000}));
  v.section(
      {"pool",
       "What one worker may have under way with one backend: a backend sees that many times server.workers."},
      section_of(limits.pool));
}

void describe(Visitor& v, AltSvc& alt_svc) {
  v.value({"enabled", "Tells clients on TCP, by the field Alt-Svc, that HTTP/3 is served here."},
          flag(alt_svc.enabled));
  v.value(
      {"advertised_port", "UDP port that clients reach from outside; auto is the port of server.address."},
      port(alt_svc.advertised_port, {"auto", 0}));
  v.value({"max_age", "How long clients may remember it."},
          duration(alt_svc.max_age, {seconds(1), hours(24 * 365)}));
}

void describe(Visitor& v, Pool& pool) {
  v.value({"connections_max", "Connections at the same time."}, count(pool.connections_max, {1, 1'000'000}));
  v.value({"idle_connections_max", "Connections that are kept for later requests."},
          count(pool.idle_connections_max, {0, 1'000'000}));
  v.value(
      {"pending_requests_max", "Requests that wait for a connection; further ones are answered with 503."},
      count(pool.pending_requests_max, {1, 1'000'000}));
  v.value({"requests_max",
           "Requests at the same time, waiting ones included; further ones are answered with 503."},
          count(pool.requests_max, {1, 1'000'000}, {"unlimited", kUnlimitedCount}));
  v.value({"retries_max",
           "Requests at the same time that failed at another backend before; further ones are not "
           "tried again."},
          count(pool.retries_max, {0, 1'000'000}, {"unlimited", kUnlimitedCount}));
  v.value({"idle_timeout", "A kept connection that is unused for so long is closed."},
          duration(pool.idle_timeout, {milliseconds(1), hours(24)}));
}

void describe(Visitor& v, RouteTimeouts& timeouts) {
  v.value({"client_body_idle", "Between two parts of a request's body; answered with 408."},
          duration(timeouts.client_body_idle, kTimeout));
  v.value({"client_write_idle", "While a client takes nothing of the response that waits for it."},
          duration(timeouts.client_write_idle, kTimeout));
  v.value({"connect", "To connect to a backend, TLS included."}, duration(timeouts.connect, kTimeout));
  v.value({"response_header", "From the end of the request to the head of the response; answered with 504."},
          duration(timeouts.response_header, kTimeout));
  v.value({"response_idle", "Between two parts of a response's body."},
          duration(timeouts.response_idle, kTimeout));
  v.value({"request", "From the head of the request to the end of the response."},
          duration_or_off(timeouts.request, kTimeout));
}

void describe(Visitor& v, Timeouts& timeouts) {
  v.value({"client_handshake", "For the TLS or QUIC handshake."},
          duration(timeouts.client_handshake, kTimeout));
  v.value({"client_header", "From the first byte of a request to the end of its head; answered with 408."},
          duration(timeouts.client_header, kTimeout));
  v.value({"client_idle", "Between two requests on a connection, whatever its protocol."},
          duration(timeouts.client_idle, kTimeout));
  describe(v, static_cast<RouteTimeouts&>(timeouts));
}

void describe(Visitor& v, Server& server) {
  v.value({"name", "How the proxy calls itself in Via, Proxy-Status and telemetry."},
          text(server.name, parse_name, "a name of letters, digits, '-', '_' and '.'"));
  v.value(
      {"address",
       "Address for HTTP/3 (UDP) and for HTTP over TLS (TCP). Without a host: every address, IPv4 and IPv6."},
      address(server.address));
  v.value({"fallback_address", "Address for plain HTTP/1.1."}, address_or_off(server.fallback_address));
  v.section({"tls", "Certificates of server.address."}, section_of(server.tls));
  v.value({"workers", "Threads that serve requests; auto is one per core."},
          count(server.workers, {1, 1024}, {"auto", 0}));
  v.section({"quic", "HTTP/3 and its transport."}, section_of(server.quic));
  v.section({"limits", "What is accepted, and how much of everything there may be at once."},
            section_of(server.limits));
  v.section({"timeouts", "How long things may take. They hold for every protocol alike."},
            section_of(server.timeouts));
  v.value({"shutdown_timeout", "How long open requests may take to end after a signal to stop."},
          duration(server.shutdown_timeout, {milliseconds(1), hours(24)}));
  v.values({"trusted_proxies",
            "Address ranges of proxies in front of this one: only from them Forwarded and X-Forwarded-* are "
            "believed."},
           values_of<Network>(server.trusted_proxies, network));
  v.section({"alt_svc", "The advertisement of HTTP/3."}, section_of(server.alt_svc));
  v.value({"secret_file",
           "File of at least 32 random bytes that seeds the keys of session tickets, address tokens, "
           "stateless resets "
           "and connection IDs; all instances behind one address share it. Empty: random at each start."},
          text(server.secret_file, parse_plain, kFile));
  v.values({"former_secret_files",
            "Files of secrets that were in use before, or will be: what other instances make under them is "
            "honoured. "
            "At most three."},
           values_of<std::string>(server.former_secret_files, file_name));
}

}  // namespace qp::config
