// Spans that wait to be exported to one collector: when a batch is due, how long to wait after a failure, and
// what is given up. It decides and counts; sending is somebody else's. Control's.
//
//   add ─► waiting ─► (full, or old enough) ─► batch ─► succeeded          the batch is gone
//              │                                  │ ▲
//              └─► dropped: too many              │ └─ failed: the same batch again, after a while
//                                                 └─► dropped: refused, or failed too often
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "observe/span.h"

namespace qp::observe {

struct ExportLimits {
  size_t queue_spans_max = 8192;  // those of the batch under way included
  size_t batch_spans_max = 512;
  Duration batch_delay = std::chrono::seconds(1);  // the oldest span waits no longer for others
};

class ExportQueue {
 public:
  static constexpr int kTriesMax = 6;  // of one batch
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kPauseMax = std::chrono::seconds(60);  // whatever a collector asks for

  struct Counts {
    uint64_t exported = 0;  // spans
    uint64_t dropped = 0;   // spans, for whatever reason
    uint64_t failures = 0;  // requests to the collector that did not succeed
  };

  ExportQueue(const ExportLimits& limits, Random& random) : limits_(limits), random_(random) {}

  void add(const Span& span, TimePoint now);
  // The batch to be sent now, the same until it is told how that went; empty if none is due.
  std::span<const Span> next_batch(TimePoint now);
  // When to ask again, if nothing else happens; kNever while a batch is under way or nothing waits.
  TimePoint next_at() const;

  // How the batch under way went.
  void succeeded();
  void refused();  // trying again would not help
  void failed(TimePoint now, std::optional<Duration> retry_after = std::nullopt);

  // The end is near: what waits is due now, and nothing is tried again.
  void hurry();

  bool is_empty() const { return waiting_.empty() && batch_.empty(); }
  size_t size() const { return waiting_.size() + batch_.size(); }
  const Counts& counts() const { return counts_; }

 private:
  void drop_batch();
  Duration pause();

  const ExportLimits limits_;
  Random& random_;
  std::deque<Span> waiting_;
  TimePoint oldest_at_ = kNever;  // since when the oldest one waits
  std::vector<Span> batch_;       // under way, or to be tried again
  TimePoint not_before_{};        // the collector is left alone until then
  int tries_ = 0;                 // of the batch, that failed
  bool is_under_way_ = false;
  bool is_in_hurry_ = false;
  Counts counts_;
};

}  // namespace qp::observe
