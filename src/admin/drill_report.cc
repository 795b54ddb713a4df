#include "admin/drill_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/timestamp.h"

namespace qp::admin {

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --good: light-dark(#14713c, #58c184); --bad: light-dark(#b3261e, #ff8a80);
  --faint: light-dark(#5c6470, #9aa3af); --line: light-dark(#d5dae1, #3a414b); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
.number { text-align: right; } .faint, time { color: var(--faint); }
.passed, .holds, .done { color: var(--good); } .failed, .aborted, .broken { color: var(--bad); }
svg { width: 100%; height: auto; } .requests { fill: var(--good); opacity: .6; } .failures { fill: var(--bad); }
svg text { fill: var(--faint); font-size: 12px; } .axis { stroke: var(--line); }
)";

constexpr double kChartWidth = 900;
constexpr double kChartHeight = 160;

// Text for markup, in elements and quoted attributes.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string clock(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string cell(std::string_view text) {
  return fmt::format("<td>{}</td>", escaped(text));
}

std::string number_cell(uint64_t number) {
  return fmt::format("<td class=\"number\">{}</td>", number);
}

std::string word_cell(std::string_view word) {
  return fmt::format("<td class=\"{0}\">{0}</td>", word);
}

void append_head(std::string& page, const DrillRecord& record) {
  const std::string_view state = name_of(record.state);
  page += fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}: {1}</title>\n<style>{2}</style>\n</head>\n<body>\n"
      "<h1>{0}: <span class=\"{1}\">{1}</span></h1>\n<p>{3}</p>\n",
      escaped(record.title), state, kStyle, escaped(record.verdict));
  page += fmt::format("<table>\n<tr><th>Drill</th>{}</tr>\n<tr><th>Began</th>{}</tr>\n", cell(record.name),
                      cell(rfc3339(record.started)));
  if (record.ended) page += fmt::format("<tr><th>Ended</th>{}</tr>\n", cell(rfc3339(*record.ended)));
  page += fmt::format(
      "<tr><th>Requests</th><td>{}</td></tr>\n<tr><th>Succeeded</th><td>{}</td></tr>\n"
      "<tr><th>Failed</th><td>{}</td></tr>\n</table>\n",
      record.sent, record.succeeded, record.failed);
}

void append_steps(std::string& page, const DrillRecord& record) {
  page += "<h2>Has to hold</h2>\n<table>\n";
  for (const DrillCheck& check : record.checks)
    page += fmt::format("<tr>{}{}</tr>\n", cell(check.text), word_cell(name_of(check.state)));
  page += "</table>\n<h2>Steps</h2>\n<table>\n";
  for (const DrillStep& step : record.steps) {
    page += fmt::format("<tr><td><time>{}</time></td>{}{}</tr>\n", clock(step.at_seconds), cell(step.text),
                        word_cell(name_of(step.state)));
  }
  page += "</table>\n";
}

// A bar a sample, as high as its requests; what failed is at its foot.
void append_chart(std::string& page, const DrillRecord& record) {
  if (record.samples.empty()) return;
  uint64_t highest = 1;
  for (const DrillSample& sample : record.samples)
    highest = std::max(highest, sample.succeeded + sample.failed);
  const double scale = kChartHeight / static_cast<double>(highest);
  const double width = kChartWidth / static_cast<double>(record.samples.size());
  page += fmt::format(
      "<h2>Requests a second</h2>\n<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"At most {2} "
      "answers a "
      "second; {3} failed in all\">\n",
      kChartWidth, kChartHeight + 20, highest, record.failed);
  const auto bar = [&](std::string_view name, size_t place, double from, double height) {
    if (height <= 0) return;
    page += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>\n",
                        name, static_cast<double>(place) * width, kChartHeight - from - height, width * 0.9,
                        height);
  };
  for (size_t place = 0; place < record.samples.size(); ++place) {
    const double failed = static_cast<double>(record.samples[place].failed) * scale;
    bar("failures", place, 0, failed);
    bar("requests", place, failed, static_cast<double>(record.samples[place].succeeded) * scale);
  }
  page += fmt::format(
      "<line class=\"axis\" x1=\"0\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\"/>\n"
      "<text x=\"0\" y=\"{2}\">0:00</text>\n<text x=\"{1}\" y=\"{2}\" "
      "text-anchor=\"end\">{3}</text>\n</svg>\n",
      kChartHeight, kChartWidth, kChartHeight + 16, clock(record.samples.back().at_seconds));
}

void append_samples(std::string& page, const DrillRecord& record) {
  page +=
      "<details>\n<summary>Every second</summary>\n<table>\n<tr><th>At</th><th "
      "class=\"number\">Succeeded</th>"
      "<th class=\"number\">Failed</th><th class=\"number\">p95</th>";
  for (const std::string& backend : record.backends)
    page += fmt::format("<th class=\"number\">{}</th>", escaped(backend));
  page += "</tr>\n";
  for (const DrillSample& sample : record.samples) {
    page += fmt::format("<tr><td><time>{}</time></td>{}{}<td class=\"number\">{}</td>",
                        clock(sample.at_seconds), number_cell(sample.succeeded), number_cell(sample.failed),
                        sample.p95_ms ? fmt::format("{:.1f} ms", *sample.p95_ms) : "");
    for (const uint64_t requests : sample.requests)
      page += number_cell(requests);
    page += "</tr>\n";
  }
  page += "</table>\n</details>\n";
}

void append_timeline(std::string& page, const DrillRecord& record) {
  page += "<h2>Timeline</h2>\n<table>\n";
  for (const ActivityEntry& entry : record.timeline) {
    const double at = std::chrono::duration<double>(entry.time - record.started).count();
    page += fmt::format("<tr><td><time>{}</time></td>{}{}{}</tr>\n", clock(std::max(at, 0.0)),
                        cell(entry.backend), cell(entry.message), cell(entry.detail));
  }
  page += "</table>\n";
}

}  // namespace

std::string drill_report(const DrillRecord& record) {
  std::string page;
  append_head(page, record);
  append_steps(page, record);
  append_chart(page, record);
  append_samples(page, record);
  append_timeline(page, record);
  return page += "</body>\n</html>\n";
}

}  // namespace qp::admin
