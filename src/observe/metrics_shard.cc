#include "observe/metrics_shard.h"

namespace qp::observe {

namespace {

// Two threads' rows must not meet in a cache line; processors fetch them in pairs.
constexpr size_t kPaddingCells = 128 / sizeof(MetricCell);

}  // namespace

MetricsShard::MetricsShard() {
  for (size_t kind = 0; kind < kRowsKinds; ++kind)
    tables_[kind].rows = std::make_unique<std::unique_ptr<MetricCell[]>[]>(kRowsMax[kind]);
  make_rows(Rows::process, 1);
  make_rows(Rows::worker, 1);
}

MetricsShard::~MetricsShard() = default;

void MetricsShard::make_rows(Rows rows, uint32_t count) {
  Table& table = this->table(rows);
  const uint32_t wanted = std::min(count, kRowsMax[static_cast<size_t>(rows)]);
  for (uint32_t row = table.made.load(std::memory_order_relaxed); row < wanted; ++row) {
    table.rows[row] = std::make_unique<MetricCell[]>(cells_in_row(rows) + kPaddingCells);
    table.made.store(row + 1, std::memory_order_release);
  }
}

uint64_t MetricsShard::value(Rows rows, uint32_t index, uint32_t cell) const {
  const Table& table = this->table(rows);
  if (index >= table.made.load(std::memory_order_acquire)) return 0;
  return table.rows[index][cell].load(std::memory_order_relaxed);
}

}  // namespace qp::observe
