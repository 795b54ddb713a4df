#include "server/driver.h"

#include <utility>

#include "server/docker_driver.h"
#include "server/process_driver.h"

namespace qp::server {

std::unique_ptr<admin::Driver> make_driver(const DriverParts& parts, const config::Control& wanted) {
  switch (wanted.driver) {
    case config::Driver::drain: return std::make_unique<admin::DrainDriver>();
    case config::Driver::process:
      return std::make_unique<ProcessDriver>(ProcessDriver::Parts{parts.reactor, parts.log, parts.note});
    case config::Driver::docker: {
      auto engine = make_docker_engine(wanted.docker);
      parts.resolver.watch(engine);
      return std::make_unique<DockerDriver>(parts.reactor, parts.pools, wanted.docker, engine);
    }
  }
  std::unreachable();
}

}  // namespace qp::server
