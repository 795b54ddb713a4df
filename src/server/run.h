// From a configuration to the exit code: everything that has to be there is made, then the process serves.
#pragma once
#include <string>

#include "config/config.h"
#include "server/exit_code.h"

namespace qp::server {

// What keeps it from starting is said on standard error.
// `config` was read from `path`, which a reload reads again.
ExitCode run(config::Config config, std::string path);

}  // namespace qp::server
