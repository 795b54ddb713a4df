// All exchanges of one worker: made when a codec has a new request, advanced when something about them
// changed, destroyed at the end of the turn in which they were done.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/decider.h"
#include "base/list.h"
#include "base/random.h"
#include "base/slab.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "http/date.h"
#include "http/stream.h"
#include "observe/exchange_record.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"

namespace qp::proxy {

class Exchanges final : public http::StreamAcceptor, public Decider {
 public:
  // What an exchange uses of its worker; all of it outlives the exchanges.
  struct Parts {
    const Turn& turn;  // this turn
    TimerQueue& timers;
    BlockPool& blocks;
    Random& random;
    upstream::Pools& pools;
  };
  Exchanges(const Parts& parts, std::shared_ptr<const Snapshot> snapshot);
  ~Exchanges();

  void accept(http::Stream& stream) override;

  // Who is told of each exchange that ends from now on; they outlive the exchanges. With none it costs
  // nothing.
  void tell(std::vector<observe::ExchangeObserver*> observers) { observers_ = std::move(observers); }
  // New requests are served by this snapshot from now on.
  void install(std::shared_ptr<const Snapshot> snapshot);

  bool is_dirty() const override { return !dirty_.empty(); }
  void advance() override;
  // Destroys what is done, and generations that nobody needs any more.
  void reap() override;

  size_t live() const { return slab_.live(); }
  uint64_t accepted() const { return accepted_; }

 private:
  friend class Exchange;

  // Above its memory budget a worker takes no new requests; above half of it, their pipes are short.
  uint64_t memory_budget() const;
  bool is_over_budget() const;
  bool is_scarce() const;
  uint32_t pipe_bytes_max() const;
  uint64_t replay_bytes_max(uint64_t wanted) const;

  Parts parts_;
  std::vector<observe::ExchangeObserver*> observers_;
  http::Date date_;
  Slab<Exchange> slab_;
  List<Exchange, DirtyExchanges> dirty_;
  List<Exchange, DoneExchanges> done_;
  std::vector<std::unique_ptr<Generation>> generations_;  // the last one is the current one
  uint64_t accepted_ = 0;
};

}  // namespace qp::proxy
