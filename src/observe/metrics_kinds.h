// What a metric is: its name, its unit, and how many numbers ("cells") it is made of. Everything here is a
// constant; what is counted lives in a MetricsShard.
//
//   a row of cells   | requests: one a method and status code | size: one a bucket, and the sum | ...
//                      ^ offset                                  ^ offset
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "observe/metrics_histogram.h"

namespace qp::observe {

enum class MetricType : uint8_t { counter, gauge, histogram };
constexpr std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: return "histogram";
  }
  return "";
}

// What a cell counts. Seconds are counted in nanoseconds, so that every cell is a whole number; they become
// seconds when they are written.
enum class Unit : uint8_t { none, bytes, seconds };
constexpr std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::none: return "";
    case Unit::bytes: return "bytes";
    case Unit::seconds: return "seconds";
  }
  return "";
}

// Which rows a metric has a place in: the only one, or one for each thing that is known only at run time. Its
// name is then a label's value.
enum class Rows : uint8_t { process, worker, backend, certificate, build };
constexpr size_t kRowsKinds = 5;
constexpr std::array<std::string_view, kRowsKinds> kRowLabels = {"", "worker", "backend", "certificate",
                                                                 "version"};
constexpr std::string_view label_of(Rows rows) {
  return kRowLabels[static_cast<size_t>(rows)];
}

// A label all of whose values are known beforehand. What a peer sends is a value only if it is one of them.
struct Label {
  std::string_view name;  // empty: there is none
  std::span<const std::string_view> values;
  bool is_sparse = false;  // there are many: only those that have occurred are written

  constexpr bool exists() const { return !name.empty(); }
  constexpr size_t count() const { return exists() ? values.size() : 1; }
  bool operator==(const Label& other) const {
    return name == other.name && values.data() == other.values.data();
  }
};

struct Metric {
  std::string_view name;
  MetricType type;
  Unit unit;
  Rows rows;
  std::string_view help;  // a sentence; it says what is counted, and when
  std::array<Label, 2> labels{};
  Bounds bounds{};

  constexpr size_t series() const {
    size_t count = 1;
    for (const Label& label : labels)
      count *= label.count();
    return count;
  }
  // A histogram's cells: its buckets, each counted for itself, and the sum.
  constexpr size_t cells_per_series() const { return type == MetricType::histogram ? bounds.size() + 2 : 1; }
  constexpr size_t cells() const { return series() * cells_per_series(); }
  constexpr bool is_sparse() const { return std::ranges::any_of(labels, &Label::is_sparse); }
};

}  // namespace qp::observe
