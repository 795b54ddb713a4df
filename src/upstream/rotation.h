// Control's door to the standing of backends: health checks, outlier detection and the operator mark them
// here, and whoever is taken out of the load balancer by that, or put back, is named in the log. Of a name's
// addresses, those that are well go this way, too.
#pragma once
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "upstream/backend.h"

namespace qp::upstream {

// Passes on to the workers that a backend has other marks than before, or other addresses to use.
class RotationOwner {
 public:
  virtual void standing_changed(const Backend& backend) = 0;
  virtual void usable_addresses_changed(const Backend& backend,
                                        std::shared_ptr<const AddressList> addresses) = 0;

 protected:
  ~RotationOwner() = default;
};

class Rotation {
 public:
  // All of them outlive it and are control's. `owner` null: nobody is told.
  Rotation(const Turn& turn, Log& log, RotationOwner* owner = nullptr)
      : turn_(turn), log_(log), owner_(owner) {}

  // Control takes charge of a backend that is new: it is up since now.
  void begin(Backend& backend) { publish(backend.standing); }

  void set_healthy(Backend& backend, bool is_healthy);
  void set_ejected(Backend& backend, bool is_ejected);
  void set_service(Backend& backend, Service service);
  void set_addresses(const Backend& backend, std::shared_ptr<const AddressList> usable);

 private:
  void set_marks(Backend& backend, uint8_t marks, std::string_view reason);
  void publish(Standing& standing);

  const Turn& turn_;
  Log& log_;
  RotationOwner* owner_;
};

}  // namespace qp::upstream
