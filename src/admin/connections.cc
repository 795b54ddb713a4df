#include "admin/connections.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/json.h"

namespace qp::admin {

namespace {

constexpr std::array<std::string_view, 3> kProtocolNames{"h3", "h2", "h1"};

void add_milliseconds(JsonWriter& json, std::string_view name, std::optional<Duration> duration) {
  json.key(name);
  if (!duration) return json.null();
  json.value(std::chrono::duration<double, std::milli>(*duration).count());
}

void add_path(JsonWriter& json, const QuicPath& path) {
  add_milliseconds(json, "rtt_ms", path.rtt);
  add_milliseconds(json, "rtt_min_ms", path.rtt_min);
  const double lost = path.packets_sent == 0
                          ? 0
                          : static_cast<double>(path.packets_lost) / static_cast<double>(path.packets_sent);
  json.field("loss_percent", std::min(100.0, 100 * lost));
  json.field("cwnd_bytes", path.congestion_window_bytes);
  json.field("in_flight_bytes", path.bytes_in_flight);
  json.field("migrations", path.migrations);
}

void add(JsonWriter& json, const ClientConnection& connection) {
  json.begin_object();
  json.field("id", connection.id);
  json.field("protocol", kProtocolNames[static_cast<size_t>(connection.protocol)]);
  json.field("version", connection.version);
  json.field("peer", connection.peer);
  json.field("server_name", connection.server_name);
  json.field("worker", connection.worker);
  json.field("age_seconds", std::chrono::duration<double>(connection.age).count());
  json.field("streams", connection.streams);
  json.field("requests_total", connection.requests_total);
  if (connection.quic) {
    add_path(json, *connection.quic);
  } else {
    for (const char* name :
         {"rtt_ms", "rtt_min_ms", "loss_percent", "cwnd_bytes", "in_flight_bytes", "migrations"}) {
      json.key(name);
      json.null();
    }
  }
  json.end_object();
}

}  // namespace

std::optional<Protocol> protocol_of(std::string_view name) {
  const auto found = std::ranges::find(kProtocolNames, name);
  if (found == kProtocolNames.end()) return std::nullopt;
  return static_cast<Protocol>(found - kProtocolNames.begin());
}

void ConnectionList::add(ConnectionList other, size_t limit) {
  total += other.total;
  std::vector<ClientConnection> both;
  both.reserve(newest.size() + other.newest.size());
  std::ranges::merge(std::move_iterator(newest.begin()), std::move_iterator(newest.end()),
                     std::move_iterator(other.newest.begin()), std::move_iterator(other.newest.end()),
                     std::back_inserter(both), {}, &ClientConnection::age, &ClientConnection::age);
  newest = std::move(both);
  if (newest.size() > limit) newest.resize(limit);
}

std::string to_json(const ConnectionList& list, size_t workers_silent) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("total", list.total);
  json.field("workers_silent", workers_silent);
  json.key("connections");
  json.begin_array();
  for (const ClientConnection& connection : list.newest)
    add(json, connection);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace qp::admin
