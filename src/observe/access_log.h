// One line a request, written into the worker's log ring when the exchange is done (docs/logs.md names the
// fields). Nothing that a client or a backend sends can begin a new line or a new field.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log_ring.h"
#include "base/timestamp.h"
#include "http/message.h"

namespace qp::observe {

// What happened. Text is borrowed for the call; empty or unset means that there is none.
struct AccessRecord {
  WallTime time{};  // when the request began
  std::string_view request_id{};
  std::string_view client_ip{};
  uint16_t client_port = 0;
  http::Version protocol = http::Version::h1_1;
  std::string_view tls_version{};
  std::string_view tls_cipher{};
  std::string_view server_name{};  // SNI

  std::string_view method{};
  std::string_view host{};
  std::string_view path{};  // with its query, as the client sent it
  std::string_view referer{};
  std::string_view user_agent{};

  std::string_view route{};
  std::string_view backend{};
  uint16_t status = 0;
  uint64_t bytes_in = 0;           // of the request's body
  uint64_t bytes_out = 0;          // of the response's body
  uint32_t attempts = 0;           // backends tried
  std::string_view termination{};  // why it ended

  Duration duration{};                   // from the head's arrival to the end
  std::optional<Duration> connect{};     // of the last attempt; none for a connection that was there already
  std::optional<Duration> first_byte{};  // from the head's arrival to the response's head
  std::optional<Duration> upstream{};    // from the last attempt's beginning to the end of its response

  struct Quic {
    Duration rtt{};
    uint64_t packets_lost = 0;
  };
  std::optional<Quic> quic{};  // of the connection so far
};

enum class AccessLogFormat : uint8_t { json, common, combined };

class AccessLog {
 public:
  AccessLog(LogRing& ring, AccessLogFormat format) : ring_(ring), format_(format) {}

  void write(const AccessRecord& record);

 private:
  void write_json(const AccessRecord& record);
  void write_common(const AccessRecord& record);

  LogRing& ring_;
  const AccessLogFormat format_;
  Timestamp timestamp_;
  std::string line_;
};

}  // namespace qp::observe
