#include "config/backend.h"

namespace qp::config {

InitialState initial_state_of(const Backend& backend) {
  if (backend.health_check.initial_state != InitialState::automatic)
    return backend.health_check.initial_state;
  return backend.command.empty() ? InitialState::healthy : InitialState::unhealthy;
}

const std::string& container_of(const Backend& backend) {
  return backend.container.empty() ? backend.name : backend.container;
}

}  // namespace qp::config
