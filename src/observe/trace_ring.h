// Sampled exchanges on their way from a worker to control, which makes spans of them. One thread keeps, one
// other takes; neither ever waits. When there is no room an exchange is dropped and counted. The places keep
// their memory, so that a ring that has been round once allocates no more.
//
//   ....| exchanges to be taken |....        taken_ <= kept_ <= taken_ + size; both only grow
//      taken_               kept_
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "observe/exchange_record.h"

namespace qp::observe {

class TraceRing final : public ExchangeObserver {
 public:
  static constexpr size_t kExchangesDefault = 1024;
  static constexpr size_t kTextBytesMax = 2048;  // of one text; the rest is cut off
  static constexpr size_t kAttemptsMax = 16;     // of one exchange, the last ones

  explicit TraceRing(size_t exchanges = kExchangesDefault);
  TraceRing(const TraceRing&) = delete;
  TraceRing& operator=(const TraceRing&) = delete;
  ~TraceRing();

  // The keeping thread's: copies what was sampled, and lets everything else pass.
  void exchange_ended(const ExchangeRecord& record) override {
    if (record.trace.is_sampled) keep(record);
  }
  bool is_half_full() const;  // time to wake the other thread

  // The taking thread's: the oldest one, shown until the call returns. False if there is none.
  bool take(const std::function<void(const ExchangeRecord&)>& show);

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }  // exchanges; any thread's

 private:
  static constexpr size_t kCacheLine = 64;
  struct Place;

  void keep(const ExchangeRecord& record);

  const size_t size_;
  const std::unique_ptr<Place[]> places_;
  alignas(kCacheLine) std::atomic<uint64_t> kept_ = 0;  // stored by the keeping thread
  std::atomic<uint64_t> dropped_ = 0;
  alignas(kCacheLine) std::atomic<uint64_t> taken_ = 0;  // stored by the taking thread
};

}  // namespace qp::observe
