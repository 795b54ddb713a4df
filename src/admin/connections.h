// Who is connected, as values: what the workers tell, and the list that an operator gets of it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/promise.h"
#include "base/clock.h"

namespace qp::admin {

enum class Protocol : uint8_t { h3, h2, h1 };

std::optional<Protocol> protocol_of(std::string_view name);

// Which connections are asked for: the newest ones.
struct ConnectionQuery {
  static constexpr size_t kLimitMax = 1000;

  std::optional<Protocol> protocol;  // none: all
  size_t limit = 200;
};

// The way to a client over QUIC.
struct QuicPath {
  std::optional<Duration> rtt;  // smoothed; none before the first was measured
  std::optional<Duration> rtt_min;
  uint64_t packets_sent = 0;
  uint64_t packets_lost = 0;
  uint64_t congestion_window_bytes = 0;
  uint64_t bytes_in_flight = 0;
  uint32_t migrations = 0;
};

struct ClientConnection {
  std::string id;
  Protocol protocol = Protocol::h1;
  std::string version;  // of the transport
  std::string peer;     // address and port
  std::string server_name;
  uint32_t worker = 0;
  Duration age{};
  uint64_t streams = 0;
  uint64_t requests_total = 0;
  std::optional<QuicPath> quic;  // none: it is no QUIC
};

// Newest first. Of one worker, or of all of them.
struct ConnectionList {
  size_t total = 0;  // listed or not
  std::vector<ClientConnection> newest;

  // The newest ones of both, at most `limit`.
  void add(ConnectionList other, size_t limit);
};

// `workers_silent` of the workers gave no answer.
std::string to_json(const ConnectionList& list, size_t workers_silent);

// Whoever can ask the workers.
class ConnectionCensus {
 public:
  // The promise is kept with the list as JSON, or with why there is none.
  virtual void ask(const ConnectionQuery& query, Promise promise) = 0;

 protected:
  ~ConnectionCensus() = default;
};

}  // namespace qp::admin
