// What a worker counts for the metrics page. Requests are counted as they end; the facts that its parts count
// anyway (connections, packets, pools, …) are published from time to time, at the end of a turn, so that
// control reads no plain number of another thread.
#pragma once
#include <cstdint>
#include <vector>

#include "base/timer_queue.h"
#include "conn/quic_router.h"
#include "observe/metrics_shard.h"
#include "observe/request_metrics.h"
#include "server/tcp_front.h"
#include "upstream/pools.h"

namespace qp::server {

class WorkerMetrics final : private Timer {
 public:
  // The shard is the worker's alone to write; both outlive this.
  WorkerMetrics(observe::MetricsShard& shard, TimerQueue& timers);
  ~WorkerMetrics() { timers_.disarm(*this); }

  observe::ExchangeObserver& requests() { return requests_; }
  // Before any request goes to one of them.
  void install(const std::vector<std::shared_ptr<upstream::Backend>>& backends);

  // How long a turn took. True: it is time to publish. That comes round a moment after any turn, so what
  // control reads is never much older than that.
  bool end_turn(TimePoint began, TimePoint ended);

  struct Facts {
    uint64_t requests;
    uint64_t buffer_bytes;
    uint64_t half_open;
    const std::vector<std::unique_ptr<TcpFront>>& fronts;
    const upstream::Pools& pools;
    const conn::QuicRouter* quic;  // null: none
  };
  void publish(const Facts& facts);

 private:
  static constexpr Duration kPause = std::chrono::milliseconds(100);

  void due() override { is_due_ = true; }
  void publish(const std::vector<std::unique_ptr<TcpFront>>& fronts);
  void publish(const upstream::Pools& pools);
  void publish(const upstream::Pool& pool);
  void publish(const conn::QuicRouterStats& stats);
  void publish(const io::UdpStats& stats);

  observe::MetricsShard& shard_;
  observe::MetricsRow process_;
  observe::MetricsRow worker_;
  observe::RequestMetrics requests_;
  TimerQueue& timers_;
  std::vector<uint64_t> pool_seen_;  // by row: the number of the last look that found a pool there
  uint64_t looks_ = 0;
  bool is_due_ = false;
};

}  // namespace qp::server
