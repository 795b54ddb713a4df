#include "upstream/rotation.h"

#include <utility>

namespace qp::upstream {

namespace {

constexpr uint8_t with(uint8_t marks, uint8_t mark, bool is_set) {
  return static_cast<uint8_t>(is_set ? marks | mark : marks & ~mark);
}

}  // namespace

void Rotation::set_healthy(Backend& backend, bool is_healthy) {
  set_marks(backend, with(backend.standing.marks(), Standing::kUnhealthy, !is_healthy), "health_check");
}

void Rotation::set_ejected(Backend& backend, bool is_ejected) {
  set_marks(backend, with(backend.standing.marks(), Standing::kEjected, is_ejected), "outlier_detection");
}

void Rotation::set_service(Backend& backend, Service service) {
  constexpr uint8_t kFound = Standing::kUnhealthy | Standing::kEjected;
  const int wanted = static_cast<int>(service) << Standing::kServiceShift;
  set_marks(backend, static_cast<uint8_t>((backend.standing.marks() & kFound) | wanted), "operator");
}

void Rotation::set_addresses(const Backend& backend, std::shared_ptr<const AddressList> usable) {
  if (owner_ != nullptr) owner_->usable_addresses_changed(backend, std::move(usable));
}

void Rotation::set_marks(Backend& backend, uint8_t marks, std::string_view reason) {
  if (marks == backend.standing.marks()) return;
  const bool was_in = backend.standing.may_be_chosen();
  backend.standing.marks_.store(marks, std::memory_order_relaxed);
  const bool is_in = backend.standing.may_be_chosen();
  if (is_in != was_in) publish(backend.standing);
  if (owner_ != nullptr) owner_->standing_changed(backend);
  if (is_in == was_in) return;
  log_.info(is_in ? "Added to load balancer" : "Removed from load balancer")
      .field("backend", backend.config.name)
      .field("reason", reason);
}

void Rotation::publish(Standing& standing) {
  standing.since_ns_.store(turn_.now.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace qp::upstream
