// What happened to one request: told once, when its exchange is over, to everybody who counts, logs or traces
// it. Text is borrowed for the call; empty or unset means that there is none.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "observe/trace_context.h"

namespace qp::observe {

// One try to have it served by one backend.
//
//   began <= connected <= first_byte <= ended      kNever: it did not come that far
struct AttemptRecord {
  std::string_view backend{};  // its name
  uint32_t backend_id = 0;     // upstream::Backend::id
  std::string_view scheme{};   // of its URL, and so on
  std::string_view address{};
  uint16_t port = 0;
  std::string_view base_path{};
  http::Version protocol = http::Version::h1_1;  // once connected
  TimePoint began{};
  TimePoint connected = kNever;   // a stream was there to send the request on
  TimePoint first_byte = kNever;  // the final response's head
  TimePoint ended{};
  uint16_t status = 0;             // of the response; 0: there was none
  std::string_view termination{};  // the word for its failure (docs/logs.md)
  bool is_reused = false;          // its connection had served other requests before
  uint64_t bytes_out = 0;          // of the request's body, to the backend
  uint64_t bytes_in = 0;           // of the response's body, from it
  uint64_t span_id = 0;            // with a trace context
};

struct ExchangeRecord {
  WallTime time{};                // when the request's head had arrived,
  TimePoint began{};              // and the same instant for durations
  TimePoint first_byte = kNever;  // the final response's head went to the client
  TimePoint ended{};
  std::string_view request_id{};
  TraceContext trace{};

  std::string_view client_ip{};  // seen through the proxies in front of us that we trust
  uint16_t client_port = 0;
  std::string_view peer_ip{};  // who really is at the other end of the connection
  http::Version protocol = http::Version::h1_1;
  std::string_view tls_version{};
  std::string_view tls_cipher{};
  std::string_view server_name{};  // SNI

  std::string_view method{};
  std::string_view scheme{};  // "http" or "https"
  std::string_view host{};
  uint16_t port = 0;             // 0: the request named none
  std::string_view path{};       // with its query, as the client sent it
  std::string_view sent_path{};  // as backends were asked for it, behind their base path
  std::string_view referer{};
  std::string_view user_agent{};

  std::string_view route{};
  std::string_view route_path{};  // the pattern that the path has matched; empty: any path does
  uint16_t status = 0;
  uint64_t bytes_in = 0;           // of the request's body
  uint64_t bytes_out = 0;          // of the response's body
  std::string_view termination{};  // why it ended; "ok" if all went well

  struct Quic {
    Duration rtt{};
    uint64_t packets_lost = 0;
  };
  std::optional<Quic> quic{};  // of the connection so far

  std::span<const AttemptRecord> attempts{};  // in order; none where no backend was asked
  bool is_retry_denied = false;               // there were too many retries to try it once more

  // The one whose response this is, or who failed last; null where no backend was asked.
  const AttemptRecord* last_attempt() const { return attempts.empty() ? nullptr : &attempts.back(); }
};

// Called on the worker of the exchange, once for each. It counts or copies, and never waits.
class ExchangeObserver {
 public:
  virtual void exchange_ended(const ExchangeRecord& record) = 0;

 protected:
  ~ExchangeObserver() = default;
};

}  // namespace qp::observe
