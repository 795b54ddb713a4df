// What one worker may have under way with one backend.
#pragma once
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "config/words.h"

namespace qp::config {

struct Pool {
  std::uint32_t connections_max = 512;
  std::uint32_t idle_connections_max = 512;
  std::uint32_t pending_requests_max = 1024;     // requests that wait for a connection
  std::uint32_t requests_max = kUnlimitedCount;  // requests, waiting ones included
  std::uint32_t retries_max = 256;               // those of them that failed elsewhere before
  Duration idle_timeout = std::chrono::seconds(30);
  bool operator==(const Pool&) const = default;
};

}  // namespace qp::config
