// What one thread has counted. That thread alone writes; control reads at any time and adds the shards up. A
// cell is a relaxed atomic that its owner changes by load and store: no instruction on the way is dearer than
// for a plain number, and no cache line is written by two threads.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.h"
#include "observe/metrics_catalog.h"

namespace qp::observe {

using MetricCell = std::atomic<uint64_t>;

// The cells of one thing: the process, a worker, a backend, …. Lives as long as its shard.
class MetricsRow {
 public:
  explicit MetricsRow(MetricCell* cells) : cells_(cells) {}

  void add(uint32_t cell, uint64_t more = 1) {
    cells_[cell].store(cells_[cell].load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void set(uint32_t cell, uint64_t value) { cells_[cell].store(value, std::memory_order_relaxed); }
  // One value of a histogram, in the unit of its cells.
  void observe(const MetricPlace& histogram, uint64_t value) {
    const Bounds bounds = histogram.metric->bounds;
    add(histogram.offset + bucket_of(bounds, value));
    add(histogram.offset + static_cast<uint32_t>(bounds.size()) + 1, value);
  }
  void observe(const MetricPlace& histogram, Duration value) { observe(histogram, nanoseconds(value)); }
  // A histogram that was kept elsewhere, by the same bounds.
  void set(const MetricPlace& histogram, std::span<const uint64_t> buckets, uint64_t sum) {
    assert(buckets.size() == histogram.metric->bounds.size() + 1);
    uint32_t cell = histogram.offset;
    for (const uint64_t count : buckets)
      set(cell++, count);
    set(cell, sum);
  }

 private:
  MetricCell* cells_;
};

class MetricsShard {
 public:
  // Things beyond that share the last row; its label says "_OTHER".
  static constexpr std::array<uint32_t, kRowsKinds> kRowsMax = {1, 1, 4096, 1024, 1};

  MetricsShard();
  MetricsShard(const MetricsShard&) = delete;
  MetricsShard& operator=(const MetricsShard&) = delete;
  ~MetricsShard();

  // The owner's. Rows of that kind exist from 0 up to `count`, or to the most there may be; not for the path
  // of a request, for it allocates. Rows never go away.
  void make_rows(Rows rows, uint32_t count);
  uint32_t rows(Rows rows) const { return table(rows).made.load(std::memory_order_acquire); }
  MetricsRow row(Rows rows, uint32_t index = 0) {
    MetricCell* cells = table(rows).rows[clamped(rows, index)].get();
    assert(cells != nullptr);
    return MetricsRow(cells);
  }

  // Any thread's. A row that was not made holds zeros.
  uint64_t value(Rows rows, uint32_t index, uint32_t cell) const;

  static uint32_t clamped(Rows rows, uint32_t index) {
    return std::min(index, kRowsMax[static_cast<size_t>(rows)] - 1);
  }

 private:
  struct Table {
    std::unique_ptr<std::unique_ptr<MetricCell[]>[]> rows;
    std::atomic<uint32_t> made = 0;  // released by the owner: what stands before it is there to be read
  };

  Table& table(Rows rows) { return tables_[static_cast<size_t>(rows)]; }
  const Table& table(Rows rows) const { return tables_[static_cast<size_t>(rows)]; }

  std::array<Table, kRowsKinds> tables_;
};

}  // namespace qp::observe
