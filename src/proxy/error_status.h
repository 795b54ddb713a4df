// What an error means to the client and to whoever reads the log: one table for all of them.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace qp::proxy {

// How far an exchange had come when the error met it.
enum class Stage : uint8_t {
  request,   // the request is being received or looked at
  connect,   // a connection to a backend is chosen or made
  waiting,   // the backend has (part of) the request and has not answered
  response,  // the final head went to the client; its status stands
};

struct ErrorStatus {
  uint16_t status;               // to answer with, while an answer is still possible
  std::string_view proxy_error;  // RFC 9209 §2.3
  std::string_view termination;  // why the exchange ended, in the log
};

// The client is gone: nobody reads this status, but logs and metrics need a number. The one other proxies
// use.
inline constexpr uint16_t kClientClosedRequest = 499;

ErrorStatus status_of(const Error& error, Stage stage);

// Why an exchange ended whose request was refused with that status, in the log.
std::string_view termination_of(uint16_t status);

}  // namespace qp::proxy
