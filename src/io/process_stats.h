// What the system says about this process, for its metrics. Reads /proc: not for the path of a request.
#pragma once
#include <cstdint>

#include "base/clock.h"

namespace qp::io {

// Zero where the system does not say.
struct ProcessStats {
  Duration cpu_time{};  // user and system, all threads
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  uint64_t virtual_bytes = 0;
  uint64_t resident_bytes = 0;
  uint64_t allocated_bytes = 0;  // by malloc, and not freed
};

ProcessStats read_process_stats();

}  // namespace qp::io
