// From a configuration to the exit code: everything that has to be there is made, then the process serves.
#pragma once
#include "config/config.h"
#include "server/exit_code.h"

namespace qp::server {

// What keeps it from starting is said on standard error.
ExitCode run(config::Config config);

}  // namespace qp::server
