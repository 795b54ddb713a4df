// A client: it has a list of requests, makes them over one connection after the other, thinks in between, and
// leaves.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger.h"
#include "outside.h"
#include "talk.h"
#include "wire.h"

namespace qp::sim {

class Client final : public Party {
 public:
  struct Plan {
    std::vector<Case*> cases;
    uint32_t streams_max = 1;  // requests at the same time
    std::function<std::unique_ptr<Wire>(Party& owner)> connect;
  };
  Client(Outside& outside, Ledger& ledger, Plan plan);
  ~Client() override;

  void advance() override;
  std::string state() const;  // for the trace
  // Every request is over, and no connection is left.
  bool has_left() const { return next_ == plan_.cases.size() && talks_.empty() && wires_.empty(); }

 private:
  void talk();
  void begin();
  void rest();
  void rebind();
  Wire& wire() { return *wires_.back(); }
  bool has_wire() const { return !wires_.empty() && !wires_.back()->is_dead(); }

  Ledger& ledger_;
  Plan plan_;
  size_t next_ = 0;
  std::vector<std::unique_ptr<Wire>> wires_;  // the last one is in use, the others are about to go
  std::vector<std::unique_ptr<Talk>> talks_;
  TimePoint rests_until_;
  TimePoint may_rebind_at_ = kNever;  // known once something has come back on this connection
  bool is_connecting_ = false;
};

}  // namespace qp::sim
