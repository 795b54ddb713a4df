// A backend of the old kind, on a bare socket: it answers as soon as it has seen a head, without a length or
// with one that it doesn't keep, and then closes. What our own codec would never send.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "body.h"
#include "http/pipe.h"
#include "io/event_loop.h"
#include "io/socket.h"
#include "ledger.h"
#include "outside.h"

namespace qp::sim {

class BluntBackend final : public Party, private io::EventHandler {
 public:
  BluntBackend(Outside& outside, Ledger& ledger, const Address& address);
  ~BluntBackend() override;

  void advance() override;
  size_t live() const { return visits_.size(); }

 private:
  class Visit;

  void handle_events(io::Events, const Turn&) override { mark(); }

  Ledger& ledger_;
  io::Fd listener_;
  std::vector<std::unique_ptr<Visit>> visits_;
};

}  // namespace qp::sim
