// A new configuration for a process that serves: the file is read again, and everything that requests need is
// made of it. Backends that are asked for as before stay the same objects, with their connections and their
// standing.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "proxy/snapshot.h"
#include "transport/secret.h"
#include "transport/tls_context.h"

namespace qp::server {

struct Reload {
  std::shared_ptr<const proxy::Snapshot> snapshot;
  std::shared_ptr<const transport::TlsContext> tls;  // certificates are always read anew
  std::vector<std::string> kept;                     // keys whose new values need a restart
};

// What happened so far.
struct ReloadRecord {
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  bool was_last_good = true;
  WallTime last_success{};  // the start counts
};

// `backends_made` counts on, so that no number is given to a second backend. The errors are lines for the
// log, one for each complaint. `path` is the file's; "-" can't be read again.
std::expected<Reload, std::vector<std::string>> reload(const std::string& path,
                                                       const proxy::Snapshot& running,
                                                       const transport::Secrets& secrets, uint16_t quic_port,
                                                       uint32_t& backends_made, WallTime now);

}  // namespace qp::server
