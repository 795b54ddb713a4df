#include "server/client_list.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace qp::server {

namespace {

std::string peer_text(const http::Peer& peer) {
  const bool is_v6 = peer.address.find(':') != std::string::npos;
  return fmt::format("{0}{2}{1}:{3}", is_v6 ? "[" : "", is_v6 ? "]" : "", peer.address, peer.port);
}

// Those that we speak: RFC 9000 and 9369.
std::string quic_version(uint32_t version) {
  return version == 1 ? "QUIC v1" : "QUIC v2";
}

// "TLSv1.3", as the library calls it, is "TLS 1.3" to people.
std::string tls_version(const http::Peer& peer, bool is_encrypted) {
  if (!is_encrypted) return "plain";
  if (peer.tls_version.empty()) return "TLS";  // the handshake is under way
  return "TLS " + peer.tls_version.substr(peer.tls_version.find_first_of("0123456789"));
}

admin::ClientConnection common_facts(const ClientListSource& source, const conn::Connection& connection) {
  return {.id = {},
          .version = {},
          .peer = peer_text(connection.peer()),
          .server_name = connection.peer().server_name,
          .worker = source.worker,
          .age = source.now - connection.began(),
          .quic = std::nullopt};
}

admin::ConnectionList list(const ClientListSource& source, const conn::QuicRouter& router, size_t limit) {
  admin::ConnectionList found{.total = router.live(), .newest = {}};
  router.visit_newest(limit, [&](const conn::QuicConnection& connection) {
    const transport::QuicStats stats = connection.stats();
    const bool is_measured = stats.rtt_min != Duration::zero();
    admin::ClientConnection& facts = found.newest.emplace_back(common_facts(source, connection));
    facts.id = fmt::format("{:02x}", fmt::join(connection.id().bytes(), ""));
    facts.protocol = admin::Protocol::h3;
    facts.version = quic_version(connection.version());
    facts.streams = connection.open_requests();
    facts.requests_total = connection.requests();
    facts.quic = {.rtt = is_measured ? std::optional(stats.smoothed_rtt) : std::nullopt,
                  .rtt_min = is_measured ? std::optional(stats.rtt_min) : std::nullopt,
                  .packets_sent = stats.traffic.packets_sent,
                  .packets_lost = stats.traffic.packets_lost,
                  .congestion_window_bytes = stats.congestion_window_bytes,
                  .bytes_in_flight = stats.bytes_in_flight,
                  .migrations = connection.migrations()};
  });
  return found;
}

admin::ConnectionList list(const ClientListSource& source, const TcpFront& front, size_t limit) {
  admin::ConnectionList found{.total = front.live(), .newest = {}};
  front.visit_newest(limit, [&](const conn::TcpConnection& connection) {
    admin::ClientConnection& facts = found.newest.emplace_back(common_facts(source, connection));
    facts.id = fmt::format("{}", connection.peer().connection_id);
    facts.version = tls_version(connection.peer(), front.is_encrypted());
    facts.streams = connection.was_open() && !connection.is_dead() && !connection.is_idle() ? 1 : 0;
    facts.requests_total = connection.requests();
  });
  return found;
}

}  // namespace

admin::ConnectionList list_clients(const ClientListSource& source, const admin::ConnectionQuery& query) {
  const auto is_wanted = [&](admin::Protocol protocol) {
    return !query.protocol || *query.protocol == protocol;
  };
  admin::ConnectionList found;
  if (source.quic != nullptr && is_wanted(admin::Protocol::h3)) {
    found.add(list(source, *source.quic, query.limit), query.limit);
  }
  if (is_wanted(admin::Protocol::h1)) {
    for (const auto& front : source.fronts)
      found.add(list(source, *front, query.limit), query.limit);
  }
  return found;
}

}  // namespace qp::server
