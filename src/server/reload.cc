#include "server/reload.h"

#include <fmt/format.h>

#include <utility>

#include "config/environment.h"
#include "config/fixed.h"
#include "config/read.h"
#include "server/start.h"

namespace qp::server {

namespace {

std::vector<std::string> lines_of(const config::Source& source, const config::Complaints& complaints) {
  std::vector<std::string> lines;
  for (const config::Complaint& complaint : complaints) {
    lines.push_back(fmt::format("{}:{}:{}: {}", source.name, complaint.mark.line, complaint.mark.column,
                                complaint.message));
  }
  return lines;
}

std::unexpected<std::vector<std::string>> failure(std::string why) {
  return std::unexpected(std::vector<std::string>{std::move(why)});
}

}  // namespace

std::expected<Reload, std::vector<std::string>> reload(const std::string& path,
                                                       const proxy::Snapshot& running,
                                                       const transport::Secrets& secrets, uint16_t quic_port,
                                                       uint32_t& backends_made, WallTime now) {
  if (path == "-") return failure("the configuration came from standard input, which can't be read again");
  const auto source = config::read_source(path);
  if (!source) return failure(source.error());
  config::Loaded loaded = config::read(*source, config::process_environment(), now);
  if (!loaded.complaints.empty()) return std::unexpected(lines_of(*source, loaded.complaints));

  Reload made;
  made.kept = config::keep_fixed(loaded.config, running.config);
  auto tls = load_server_tls(loaded.config.server, secrets);
  if (!tls) return failure(tls.error());
  made.tls = std::move(*tls);
  auto backends = make_backends(loaded.config, secrets, backends_made, running.backends);
  if (!backends) return failure(backends.error());
  made.snapshot = proxy::make_snapshot(std::move(loaded.config), std::move(*backends), quic_port);
  return made;
}

}  // namespace qp::server
