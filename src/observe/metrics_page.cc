#include "observe/metrics_page.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "http/accept.h"

namespace qp::observe {

namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;
constexpr std::string_view kTotal = "_total";

// Exact: a cell is a whole number of its unit's billionths, or of the unit itself.
void append_value(std::string& out, uint64_t value, Unit unit) {
  if (unit != Unit::seconds) {
    fmt::format_to(std::back_inserter(out), "{}", value);
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}.{:09}", value / kNanoseconds, value % kNanoseconds);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
}

// A bucket's name. OpenMetrics wants a point in it, and the two formats shall not name two different series.
void append_bound(std::string& out, uint64_t bound, Unit unit) {
  const size_t begin = out.size();
  append_value(out, bound, unit);
  if (out.find('.', begin) == std::string::npos) out += ".0";
}

void append_escaped_label(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

// {first="…",second="…"}; nothing at all without labels.
class LabelSet {
 public:
  void add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "" : ",";
    text_ += name;
    text_ += "=\"";
    append_escaped_label(text_, value);
    text_ += '"';
  }
  void append_to(std::string& out) const {
    if (!text_.empty()) fmt::format_to(std::back_inserter(out), "{{{}}}", text_);
  }
  void append_bucket_to(std::string& out, std::string_view bound) const {
    fmt::format_to(std::back_inserter(out), "{{{}{}le=\"{}\"}}", text_, text_.empty() ? "" : ",", bound);
  }

 private:
  std::string text_;
};

class Page {
 public:
  Page(const MetricsSource& source, MetricsFormat format) : source_(source), format_(format) {}

  std::string write() {
    for (const Metric& metric : kMetrics) {
      write_head(metric);
      write_rows(metric);
    }
    if (format_ == MetricsFormat::openmetrics) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  // OpenMetrics names a counter's family without the suffix of its samples.
  std::string_view family_of(const Metric& metric) const {
    std::string_view name = metric.name;
    const bool is_cut = format_ == MetricsFormat::openmetrics && metric.type == MetricType::counter;
    if (is_cut) name.remove_suffix(kTotal.size());
    return name;
  }

  void write_head(const Metric& metric) {
    const auto out = std::back_inserter(out_);
    const std::string_view family = family_of(metric);
    fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", family, metric.help, family, type_name(metric.type));
    const std::string_view unit = unit_name(metric.unit);
    const bool has_unit = !unit.empty() && family.ends_with(unit);
    if (format_ == MetricsFormat::openmetrics && has_unit)
      fmt::format_to(out, "# UNIT {} {}\n", family, unit);
  }

  void write_rows(const Metric& metric) {
    switch (metric.rows) {
      case Rows::process: return write_row(metric, std::nullopt, kFirst);
      case Rows::worker:
        for (uint32_t worker = 0; worker < source_.workers; ++worker) {
          shards_ = source_.shards.subspan(worker, 1);
          write_row(metric, fmt::format_int(worker).str(), kFirst);
        }
        shards_ = source_.shards;
        return;
      case Rows::backend:
        write_row(metric, "", kFirst, true);  // kNoBackendRow: most metrics have nothing there
        for (const NamedRows& backend : source_.backends)
          write_row(metric, backend.name, backend.rows);
        return;
      case Rows::certificate:
        for (const NamedRows& certificate : source_.certificates)
          write_row(metric, certificate.name, certificate.rows);
        return;
      case Rows::build: return write_row(metric, source_.version, kFirst);
    }
  }

  // All series of a metric in the rows of one name.
  void write_row(const Metric& metric, std::optional<std::string_view> name, std::span<const uint32_t> rows,
                 bool is_sparse = false) {
    const auto& [first, second] = metric.labels;
    for (uint32_t i = 0; i < first.count(); ++i) {
      for (uint32_t j = 0; j < second.count(); ++j) {
        const std::vector<uint64_t> cells = sums(metric, rows, place_of(metric).at(i, j));
        if ((is_sparse || metric.is_sparse()) &&
            std::ranges::all_of(cells, [](uint64_t c) { return c == 0; }))
          continue;
        LabelSet labels;
        if (first.exists()) labels.add(first.name, first.values[i]);
        if (second.exists()) labels.add(second.name, second.values[j]);
        if (name) labels.add(label_of(metric.rows), *name);
        write_series(metric, labels, cells);
      }
    }
  }

  std::vector<uint64_t> sums(const Metric& metric, std::span<const uint32_t> rows, uint32_t first) const {
    std::vector<uint64_t> cells(metric.cells_per_series());
    for (const MetricsShard* shard : shards_) {
      for (const uint32_t row : rows) {
        for (uint32_t i = 0; i < cells.size(); ++i)
          cells[i] += shard->value(metric.rows, row, first + i);
      }
    }
    return cells;
  }

  void write_series(const Metric& metric, const LabelSet& labels, const std::vector<uint64_t>& cells) {
    if (metric.type != MetricType::histogram) return write_sample(metric, "", labels, cells[0], metric.unit);
    uint64_t count = 0;  // of all buckets up to here; read once, so that it agrees with itself
    for (size_t i = 0; i <= metric.bounds.size(); ++i) {
      count += cells[i];
      std::string bound = "+Inf";
      if (i < metric.bounds.size()) append_bound(bound = "", metric.bounds[i], metric.unit);
      out_ += metric.name;
      out_ += "_bucket";
      labels.append_bucket_to(out_, bound);
      fmt::format_to(std::back_inserter(out_), " {}\n", count);
    }
    write_sample(metric, "_sum", labels, cells.back(), metric.unit);
    write_sample(metric, "_count", labels, count, Unit::none);
  }

  void write_sample(const Metric& metric, std::string_view suffix, const LabelSet& labels, uint64_t value,
                    Unit unit) {
    out_ += metric.name;
    out_ += suffix;
    labels.append_to(out_);
    out_ += ' ';
    append_value(out_, value, unit);
    out_ += '\n';
  }

  static constexpr std::array<uint32_t, 1> kFirst = {0};

  const MetricsSource& source_;
  const MetricsFormat format_;
  std::span<const MetricsShard* const> shards_ = source_.shards;
  std::string out_;
};

}  // namespace

MetricsFormat metrics_format(std::string_view accept) {
  const auto open = http::quality_of(accept, "application/openmetrics-text");
  const auto plain = http::quality_of(accept, "text/plain");
  return open > plain ? MetricsFormat::openmetrics : MetricsFormat::prometheus;
}

std::string_view content_type(MetricsFormat format) {
  switch (format) {
    case MetricsFormat::prometheus: return "text/plain; version=0.0.4; charset=utf-8";
    case MetricsFormat::openmetrics: return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "";
}

std::string metrics_page(const MetricsSource& source, MetricsFormat format) {
  return Page(source, format).write();
}

}  // namespace qp::observe
