// What the process says to whoever started it.
#pragma once

namespace qp::server {

enum class ExitCode : int {
  ok = 0,
  failed = 1,           // could not start, or could not go on
  invalid = 2,          // wrong usage or configuration
  drain_timed_out = 3,  // shutdown_timeout passed with requests still under way
  drill_failed = 4,     // something that had to hold did not
  drill_aborted = 5,    // it was broken off
};

}  // namespace qp::server
