// One world from one seed: whole workers between clients and backends, in a network and a time of their own.
//
//   clients ──HTTP──> worker(s) ──HTTP/1.1──> backends         (clients and backends turn in one more
//   reactor: Outside)
//
// Life: clients make their requests and leave; the workers are told to drain; then nothing may be left of
// anything.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend.h"
#include "base/log_ring.h"
#include "blunt_backend.h"
#include "certificates.h"
#include "client.h"
#include "control.h"
#include "ledger.h"
#include "network.h"
#include "outage.h"
#include "outside.h"
#include "plan.h"
#include "server/message.h"
#include "server/worker.h"

namespace qp::sim {

class World {
 public:
  World(uint64_t seed, const Certificates& certificates);
  ~World();

  void trace() { network_.trace(); }
  // Lives to the end; empty when every rule has held.
  std::string run();

  uint64_t turns() const { return turns_; }
  Duration lived() const { return network_.now() - born_at_; }
  size_t cases() const { return ledger_.cases(); }
  Weather weather() const { return plan_.weather; }

 private:
  // Somebody with a loop of his own.
  struct Actor {
    std::function<void()> turn;
    const void* loop = nullptr;  // known once it has slept
    TimePoint sleeps_until = TimePoint::min();
  };

  void add_backends();
  void add_workers();
  void resolve();
  void add_clients();
  void add_client(uint32_t streams_max, std::function<std::unique_ptr<Wire>(Party& owner)> connect);
  bool live_until(const std::function<bool()>& condition, Duration limit, const char* what);
  void step();
  void take_turn(Actor& actor);
  bool is_awake(const Actor& actor) const;
  void check_memory();
  void check_standing();
  bool is_known_as_healthy(size_t place) const;
  bool may_be_chosen(size_t place) const;
  bool has_everybody_recovered() const;
  void drain();
  bool is_drained() const;
  bool has_everybody_left() const;
  void check_remains();
  void tell_logs();
  void tell_state();

  Random random_;
  Plan plan_;
  const Certificates& certificates_;
  Network network_;
  TimePoint born_at_;
  Ledger ledger_;
  Outside outside_;
  std::unique_ptr<Control> control_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<BluntBackend>> blunt_backends_;
  std::vector<std::unique_ptr<Outage>> outages_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<LogRing>> logs_;  // one for each worker
  std::vector<std::unique_ptr<server::Worker>> workers_;
  std::vector<Actor> actors_;
  std::vector<TimePoint> resolved_since_;  // with one name: by backend; kNever: not among its addresses now
  uint64_t turns_ = 0;
  uint64_t idle_turns_ = 0;  // since something was delivered
  uint64_t deliveries_ = 0;
};

}  // namespace qp::sim
