#include "server/start.h"

#include <algorithm>
#include <bit>
#include <thread>

#include "config/file.h"

namespace qp::server {

namespace {

// By which cookies name a backend: nobody can tell which one it is, and instances that share a secret agree.
uint64_t token_of(const std::string& backend, const transport::Secret& secret) {
  const auto bytes = secret.derive<sizeof(uint64_t)>("sticky cookie of " + backend);
  return std::bit_cast<uint64_t>(bytes);
}

}  // namespace

uint32_t worker_count(const config::Server& server) {
  return server.workers != 0 ? server.workers : std::max(1u, std::thread::hardware_concurrency());
}

Started<transport::Secret> load_secret(const config::Server& server) {
  if (server.secret_file.empty()) return transport::Secret::random();
  const auto text = config::read_file(server.secret_file);
  if (!text) return std::unexpected("server.secret_file: " + text.error());
  return transport::Secret({reinterpret_cast<const unsigned char*>(text->data()), text->size()});
}

Started<std::shared_ptr<const transport::TlsContext>> load_server_tls(const config::Server& server,
                                                                      const transport::Secret& secret) {
  transport::TlsServerSettings settings{.certificates = {}, .ticket_secret = secret};
  for (const config::Certificate& certificate : config::all_certificates(server.tls)) {
    settings.certificates.push_back({certificate.cert_file, certificate.key_file});
  }
  return transport::TlsContext::make_server(settings);
}

Started<std::vector<std::shared_ptr<upstream::Backend>>> make_backends(
    const config::Config& config, const transport::Secret& secret,
    std::span<const std::shared_ptr<upstream::Backend>> known) {
  using Verify = transport::TlsClientSettings::Verify;
  std::vector<std::shared_ptr<upstream::Backend>> backends;
  for (const config::Backend& backend : config.backends) {
    const auto same = std::ranges::find_if(known, [&](const auto& one) { return one->config == backend; });
    if (same != known.end()) {
      backends.push_back(*same);
      continue;
    }
    std::shared_ptr<const transport::TlsContext> tls;
    if (backend.url.scheme == config::Scheme::https) {
      auto made = transport::TlsContext::make_client(
          {.verify = backend.tls.verify ? Verify::on : Verify::off, .ca_file = backend.tls.ca_file});
      if (!made) return std::unexpected("backend " + backend.name + ": " + made.error());
      tls = std::move(*made);
    }
    const auto id = static_cast<uint32_t>(backends.size());
    backends.push_back(
        std::make_shared<upstream::Backend>(backend, std::move(tls), id, token_of(backend.name, secret)));
  }
  return backends;
}

}  // namespace qp::server
