#include "observe/metrics_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "observe/metrics_catalog.h"

namespace qp::observe {

namespace {

constexpr std::string_view kIntroduction =
    R"(# Metrics

Every metric of the page at `telemetry.metrics.address` (`http://localhost:9090/metrics`), in its order there.
This file is made from the code (`src/observe/metrics_catalog.h`), and a test fails if the two differ; what is
promised about names, labels and their number is in [docs/metrics.md](../../../docs/metrics.md).

Counters only grow while the process lives. A histogram `name` has the series `name_bucket`, `name_sum` and
`name_count`; its buckets are listed at the end. Series of a label marked * appear when they first occur.

| metric | type | labels | unit | meaning |
|---|---|---|---|---|
)";

std::vector<Label> labels_of(const Metric& metric) {
  std::vector<Label> labels;
  for (const Label& label : metric.labels) {
    if (label.exists()) labels.push_back(label);
  }
  return labels;
}

std::string label_names(const Metric& metric) {
  std::string names;
  const auto add = [&names](std::string_view name, std::string_view mark) {
    fmt::format_to(std::back_inserter(names), "{}`{}`{}", names.empty() ? "" : ", ", name, mark);
  };
  for (const Label& label : labels_of(metric))
    add(label.name, label.is_sparse ? "*" : "");
  if (metric.rows != Rows::process) add(label_of(metric.rows), "");
  return names;
}

std::string values_of(const Label& label) {
  std::string text;
  for (const std::string_view value : label.values)
    fmt::format_to(std::back_inserter(text), "{}`{}`", text.empty() ? "" : " ", value);
  return text;
}

std::string bounds_of(const Metric& metric) {
  std::string text;
  const double scale = metric.unit == Unit::seconds ? 1e-9 : 1;
  for (const uint64_t bound : metric.bounds)
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : " ",
                   static_cast<double>(bound) * scale);
  return text;
}

void append_metrics(std::string& page) {
  for (const Metric& metric : kMetrics) {
    fmt::format_to(std::back_inserter(page), "| `{}` | {} | {} | {} | {} |\n", metric.name,
                   type_name(metric.type), label_names(metric), unit_name(metric.unit), metric.help);
  }
}

void append_labels(std::string& page) {
  page += "\n## Labels\n\n| label | of | values |\n|---|---|---|\n";
  std::vector<Label> known;
  for (const Metric& metric : kMetrics) {
    for (const Label& label : labels_of(metric)) {
      if (std::ranges::find(known, label) != known.end()) continue;
      known.push_back(label);
      std::string users;
      for (const Metric& other : kMetrics) {
        const bool has_it = other.labels[0] == label || other.labels[1] == label;
        if (has_it)
          fmt::format_to(std::back_inserter(users), "{}`{}`", users.empty() ? "" : ", ", other.name);
      }
      fmt::format_to(std::back_inserter(page), "| `{}` | {} | {} |\n", label.name, users, values_of(label));
    }
  }
  page +=
      "| `backend` | | the names in the configuration; empty: no backend was asked |\n"
      "| `worker` | | numbers from 0 |\n"
      "| `certificate` | | the files in the configuration |\n"
      "| `version` | `quic_proxy_build_info` | of the program |\n";
}

void append_buckets(std::string& page) {
  page += "\n## Buckets\n\n| histogram | upper bounds, behind them `+Inf` |\n|---|---|\n";
  for (const Metric& metric : kMetrics) {
    if (metric.type != MetricType::histogram) continue;
    fmt::format_to(std::back_inserter(page), "| `{}` | {} |\n", metric.name, bounds_of(metric));
  }
}

}  // namespace

std::string metrics_reference() {
  std::string page(kIntroduction);
  append_metrics(page);
  append_labels(page);
  append_buckets(page);
  return page;
}

}  // namespace qp::observe
