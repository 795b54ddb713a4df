// Control's door to the standing of backends: health checks, outlier detection and the operator mark them
// here, and whoever is taken out of the load balancer by that, or put back, is named in the log.
#pragma once
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "upstream/backend.h"

namespace qp::upstream {

class Rotation {
 public:
  // Both outlive it and are control's.
  Rotation(const Turn& turn, Log& log) : turn_(turn), log_(log) {}

  // Control takes charge of a backend that is new: it is up since now.
  void begin(Backend& backend) { publish(backend.standing); }

  void set_healthy(Backend& backend, bool is_healthy);
  void set_ejected(Backend& backend, bool is_ejected);
  void set_service(Backend& backend, Service service);

 private:
  void set_marks(Backend& backend, uint8_t marks, std::string_view reason);
  void publish(Standing& standing);

  const Turn& turn_;
  Log& log_;
};

}  // namespace qp::upstream
