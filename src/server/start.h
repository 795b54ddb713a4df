// What has to be there before a worker can run, made from a configuration. Every failure is one line that
// says what to do about it.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "conn/quic_token.h"
#include "server/listener.h"
#include "transport/secret.h"
#include "transport/tls_context.h"
#include "upstream/backend.h"

namespace qp::server {

template <typename T>
using Started = std::expected<T, std::string>;

// The number of workers that the configuration means on this machine.
uint32_t worker_count(const config::Server& server);

Started<conn::QuicIdentity> load_identity(const config::Server& server);
Started<std::shared_ptr<const transport::TlsContext>> load_server_tls(const config::Server& server,
                                                                      const transport::Secrets& secrets);
// `id` and `tokens`: see upstream::Backend.
Started<std::shared_ptr<upstream::Backend>> make_backend(const config::Backend& backend, uint32_t id,
                                                         upstream::CookieTokens tokens);
// One of the `known` stays where nothing else is asked for. A new one gets the number of backends that the
// process has made so far, which then grows.
Started<std::vector<std::shared_ptr<upstream::Backend>>> make_backends(
    const config::Config& config, const transport::Secrets& secrets, uint32_t& made_so_far,
    std::span<const std::shared_ptr<upstream::Backend>> known = {});

}  // namespace qp::server
