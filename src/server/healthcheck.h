// `quic-proxy healthcheck`: asks the proxy on this machine whether it takes requests, as the probe of a
// container does.
#pragma once
#include <expected>
#include <string>

#include "base/clock.h"
#include "config/config.h"

namespace qp::server {

// The error says what is wrong, in one line.
std::expected<void, std::string> healthcheck(const config::Health& health, Duration patience);

}  // namespace qp::server
