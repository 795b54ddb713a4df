// `quic-proxy drill FILE`: has a running proxy run a drill, tells what happens while it does, and how it
// ended.
#pragma once
#include <string>

#include "server/exit_code.h"

namespace qp::server {

struct DrillOrder {
  std::string file;
  std::string control = "http://127.0.0.1:8889";
  std::string token;      // empty: none
  std::string html_file;  // where the report goes; empty: nowhere
  std::string json_file;  // the same for the run itself
};

ExitCode run_drill(const DrillOrder& order);

}  // namespace qp::server
