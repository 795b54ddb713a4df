// The thread that decides slowly: signals, names, logs, and the lives of the workers. It never touches a
// request.
#pragma once
#include "config/config.h"
#include "server/exit_code.h"

namespace qp::server {

// Serves until a signal ends it: SIGTERM, SIGINT or SIGQUIT drain, a second one of them ends at once; SIGUSR1
// reopens the log file. What keeps it from starting is said on standard error.
ExitCode run(config::Config config);

}  // namespace qp::server
