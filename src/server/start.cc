#include "server/start.h"

#include <algorithm>
#include <bit>
#include <thread>

#include "base/hex.h"
#include "config/secret_file.h"
#include "transport/bytes.h"

namespace qp::server {

uint32_t worker_count(const config::Server& server) {
  return server.workers != 0 ? server.workers : std::max(1u, std::thread::hardware_concurrency());
}

namespace {

// By which cookies name a backend: nobody can tell which one it is, and instances that share a secret agree.
uint64_t token_of(const std::string& backend, const transport::Secret& secret) {
  const auto bytes = secret.derive<sizeof(uint64_t)>("sticky cookie of " + backend);
  return std::bit_cast<uint64_t>(bytes);
}

upstream::CookieTokens tokens_of(const std::string& backend, const transport::Secrets& secrets) {
  upstream::CookieTokens tokens{.current = token_of(backend, secrets.current())};
  for (const transport::Secret& former : secrets.all().subspan(1))
    tokens.former.push_back(token_of(backend, former));
  return tokens;
}

Started<transport::Secret> load_secret(const std::string& file) {
  const auto text = config::read_secret(file);
  if (!text) return std::unexpected(text.error());
  return transport::Secret(transport::bytes_of(*text));
}

Started<transport::Secrets> load_secrets(const config::Server& server) {
  if (server.secret_file.empty()) return transport::Secret::random();
  auto current = load_secret(server.secret_file);
  if (!current) return std::unexpected("server.secret_file: " + current.error());
  std::vector<transport::Secret> former;
  for (const std::string& file : server.former_secret_files) {
    auto secret = load_secret(file);
    if (!secret) return std::unexpected("server.former_secret_files: " + secret.error());
    former.push_back(*secret);
  }
  return transport::Secrets(*current, former);
}

Started<conn::RoutableIds> load_routable_ids(const config::RoutableIds& wanted) {
  conn::RoutableIds routing{.server_id = *decode_hex(wanted.server_id),
                            .config_id = static_cast<uint8_t>(wanted.config_id),
                            .key = {}};
  if (wanted.key_file.empty()) return routing;
  const auto key = config::read_balancer_key(wanted.key_file);
  if (!key) return std::unexpected("server.quic.routable_ids.key_file: " + key.error());
  routing.key = *key;
  return routing;
}

}  // namespace

Started<conn::QuicIdentity> load_identity(const config::Server& server) {
  auto secrets = load_secrets(server);
  if (!secrets) return std::unexpected(secrets.error());
  auto routing = load_routable_ids(server.quic.routable_ids);
  if (!routing) return std::unexpected(routing.error());
  return conn::QuicIdentity{*std::move(secrets), *std::move(routing)};
}

Started<std::shared_ptr<const transport::TlsContext>> load_server_tls(const config::Server& server,
                                                                      const transport::Secrets& secrets) {
  transport::TlsServerSettings settings{.certificates = {}, .ticket_secrets = secrets};
  for (const config::Certificate& certificate : config::all_certificates(server.tls)) {
    settings.certificates.push_back({certificate.cert_file, certificate.key_file});
  }
  return transport::TlsContext::make_server(settings);
}

Started<std::shared_ptr<upstream::Backend>> make_backend(const config::Backend& backend, uint32_t id,
                                                         upstream::CookieTokens tokens) {
  using Verify = transport::TlsClientSettings::Verify;
  std::shared_ptr<const transport::TlsContext> tls;
  if (backend.url.scheme == config::Scheme::https) {
    auto made = transport::TlsContext::make_client(
        {.verify = backend.tls.verify ? Verify::on : Verify::off, .ca_file = backend.tls.ca_file});
    if (!made) return std::unexpected("backend " + backend.name + ": " + made.error());
    tls = std::move(*made);
  }
  return std::make_shared<upstream::Backend>(backend, std::move(tls), id, std::move(tokens));
}

Started<std::vector<std::shared_ptr<upstream::Backend>>> make_backends(
    const config::Config& config, const transport::Secrets& secrets, uint32_t& made_so_far,
    std::span<const std::shared_ptr<upstream::Backend>> known) {
  std::vector<std::shared_ptr<upstream::Backend>> backends;
  for (const config::Backend& backend : config.backends) {
    const auto same = std::ranges::find_if(known, [&](const auto& one) { return one->config == backend; });
    if (same != known.end()) {
      backends.push_back(*same);
      continue;
    }
    auto made = make_backend(backend, made_so_far, tokens_of(backend.name, secrets));
    if (!made) return std::unexpected(made.error());
    ++made_so_far;
    backends.push_back(std::move(*made));
  }
  return backends;
}

}  // namespace qp::server
