#include "control.h"

#include <utility>
#include <variant>

namespace qp::sim {

Control::Control(const config::Limits& limits, std::vector<std::shared_ptr<upstream::Backend>> backends,
                 Tell tell, uint64_t seed)
    : Host(limits, seed, 0),
      backends_(std::move(backends)),
      tell_(std::move(tell)),
      rotation_(reactor().turn, log_, this),
      checker_(
          {.reactor = reactor(), .pools = pools(), .rotation = rotation_, .log = log_, .owner = &ejector_}),
      ejector_({.turn = reactor().turn,
                .timers = reactor().timers,
                .rotation = rotation_,
                .checker = checker_,
                .log = log_}) {
  watch(mailbox_);
  add(checker_);
  for (const auto& backend : backends_)
    rotation_.begin(*backend);
  checker_.install(backends_);
  ejector_.install(backends_);
}

Control::~Control() {
  checker_.install({});
  close_pools();
}

void Control::resolve(const upstream::Backend& backend, upstream::AddressList addresses) {
  const auto list = std::make_shared<const upstream::AddressList>(std::move(addresses));
  pools().set_addresses(backend, list);
  checker_.set_addresses(backend, list);
}

void Control::take_mail() {
  for (const server::ControlMessage& message : mailbox_.take_all()) {
    if (const auto* fails = std::get_if<server::BackendFails>(&message)) {
      ejector_.handle_report(fails->backend_id);
    }
  }
}

void Control::standing_changed(const upstream::Backend& backend) {
  for (const auto& one : backends_) {
    if (one.get() == &backend) tell_(server::StandingChanged{one});
  }
}

void Control::usable_addresses_changed(const upstream::Backend& backend,
                                       std::shared_ptr<const upstream::AddressList> addresses) {
  usable_ = addresses;
  for (const auto& one : backends_) {
    if (one.get() == &backend) tell_(server::Addresses{one, addresses});
  }
}

}  // namespace qp::sim
