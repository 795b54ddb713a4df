#include "config/config.h"

namespace qp::config {

std::vector<Certificate> all_certificates(const ServerTls& tls) {
  std::vector<Certificate> all{{.cert_file = tls.cert_file, .key_file = tls.key_file}};
  all.insert(all.end(), tls.certificates.begin(), tls.certificates.end());
  return all;
}

InitialState initial_state_of(const Backend& backend) {
  if (backend.health_check.initial_state != InitialState::automatic)
    return backend.health_check.initial_state;
  return backend.command.empty() ? InitialState::healthy : InitialState::unhealthy;
}

const std::string& container_of(const Backend& backend) {
  return backend.container.empty() ? backend.name : backend.container;
}

}  // namespace qp::config
