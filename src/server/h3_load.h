// Load over real HTTP/3: a client of our own codecs that asks our own listener. Runs on control.
//
//   Pace ─► Call ─► one of a few QUIC connections ─► server.address
//
// What is under way is bounded: beyond kCallsMax nothing is sent until an answer has come.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "admin/load.h"
#include "base/address.h"
#include "base/decider.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/timer_queue.h"
#include "conn/client_limits.h"
#include "conn/quic_router.h"
#include "conn/reactor.h"
#include "server/pace.h"
#include "transport/secret.h"
#include "transport/tls_context.h"

namespace qp::server {

struct DirtyCalls;
struct WaitingCalls;

class H3Load final : public admin::Load, public Decider, private Timer, private conn::ConnectionOwner {
 public:
  static constexpr uint32_t kCallsMax = 1000;
  static constexpr Duration kPatience = std::chrono::seconds(10);

  // `reactor` outlives it. `target` is our own listener.
  H3Load(conn::Reactor& reactor, const Address& target);
  ~H3Load();

  void start(const admin::LoadPlan& plan) override;
  void stop() override;
  admin::LoadFigures figures() const override { return figures_; }

  // Its part of the turn: see server/host.h.
  bool receive_more() { return router_ && router_->receive_more(); }
  void flush() {
    if (router_) router_->flush();
  }
  bool is_dirty() const override { return is_due_ || !dirty_.empty(); }
  void advance() override;
  void reap() override;
  // Every connection dies now, and with it what is under way.
  void close();

 private:
  static constexpr size_t kConnectionsMax = 4;
  class Call;

  void due() override { is_due_ = true; }
  void connection_changed(conn::Connection&) override {}
  void destroy(conn::Connection& connection) override;

  void send_due();
  bool send();
  conn::QuicConnection* next_connection();
  void give_up_late();
  void finish(Call& call, bool has_succeeded);
  void arm();

  conn::Reactor& reactor_;
  const Address target_;
  const conn::QuicIdentity identity_{.secrets = {transport::Secret::random()}};
  conn::ClientLimits limits_{kConnectionsMax, kConnectionsMax};
  std::optional<conn::QuicRouter> router_;  // once there was a load
  std::array<conn::QuicConnection*, kConnectionsMax> connections_{};
  size_t next_ = 0;
  Slab<Call> slab_;
  List<Call, DirtyCalls> dirty_;
  List<Call, WaitingCalls> waiting_;  // for an answer; oldest first
  List<Call, WaitingCalls> done_;
  std::optional<Pace> pace_;  // while it runs
  TimePoint ends_at_ = kNever;
  admin::LoadFigures figures_;
  uint64_t load_number_ = 0;  // of which these are
  bool is_due_ = false;
};

}  // namespace qp::server
