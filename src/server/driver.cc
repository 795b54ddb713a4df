#include "server/driver.h"

#include <utility>

namespace qp::server {

std::unique_ptr<admin::Driver> make_driver(config::Driver wanted) {
  switch (wanted) {
    case config::Driver::drain: return std::make_unique<admin::DrainDriver>();
  }
  std::unreachable();
}

}  // namespace qp::server
