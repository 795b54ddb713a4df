#include "admin/drill_record.h"

#include <utility>

#include "base/json.h"
#include "base/timestamp.h"

namespace qp::admin {

namespace {

void add_requests(JsonWriter& json, const DrillRecord& record) {
  json.key("requests");
  json.begin_object();
  json.field("sent", record.sent);
  json.field("succeeded", record.succeeded);
  json.field("failed", record.failed);
  json.end_object();
}

void add_steps(JsonWriter& json, const DrillRecord& record) {
  json.key("steps");
  json.begin_array();
  for (const DrillStep& step : record.steps) {
    json.begin_object();
    json.field("at_seconds", step.at_seconds);
    json.field("text", step.text);
    json.field("state", name_of(step.state));
    json.end_object();
  }
  json.end_array();
}

void add_checks(JsonWriter& json, const DrillRecord& record) {
  json.key("checks");
  json.begin_array();
  for (const DrillCheck& check : record.checks) {
    json.begin_object();
    json.field("text", check.text);
    json.field("state", name_of(check.state));
    json.end_object();
  }
  json.end_array();
}

void add_samples(JsonWriter& json, const DrillRecord& record, DrillDetail detail) {
  size_t first = detail == DrillDetail::whole ? 0 : record.samples.size();
  if (detail == DrillDetail::news && !record.samples.empty()) --first;
  json.key("samples");
  json.begin_array();
  for (size_t i = first; i < record.samples.size(); ++i) {
    const DrillSample& sample = record.samples[i];
    json.begin_object();
    json.field("at_seconds", sample.at_seconds);
    json.field("succeeded", sample.succeeded);
    json.field("failed", sample.failed);
    json.field("p95_ms", sample.p95_ms);
    json.key("backends");
    json.begin_object();
    for (size_t place = 0; place < record.backends.size(); ++place)
      json.field(record.backends[place], sample.requests[place]);
    json.end_object();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string_view name_of(DrillStep::State state) {
  switch (state) {
    case DrillStep::State::waiting: return "waiting";
    case DrillStep::State::done: return "done";
    case DrillStep::State::failed: return "failed";
    case DrillStep::State::skipped: return "skipped";
  }
  std::unreachable();
}

std::string_view name_of(DrillCheck::State state) {
  switch (state) {
    case DrillCheck::State::waiting: return "waiting";
    case DrillCheck::State::holds: return "holds";
    case DrillCheck::State::broken: return "broken";
  }
  std::unreachable();
}

std::string_view name_of(DrillRecord::State state) {
  switch (state) {
    case DrillRecord::State::running: return "running";
    case DrillRecord::State::passed: return "passed";
    case DrillRecord::State::failed: return "failed";
    case DrillRecord::State::aborted: return "aborted";
  }
  std::unreachable();
}

std::string to_json(const DrillRecord& record, DrillDetail detail) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("id", record.id);
  json.field("name", record.name);
  json.field("title", record.title);
  json.field("state", name_of(record.state));
  json.field("verdict", record.verdict);
  json.field("started", rfc3339(record.started));
  json.field("ended", record.ended ? std::optional(rfc3339(*record.ended)) : std::nullopt);
  json.field("duration_seconds", record.duration_seconds);
  add_requests(json, record);
  add_steps(json, record);
  add_checks(json, record);
  add_samples(json, record, detail);
  json.key("timeline");
  json.begin_array();
  if (detail == DrillDetail::whole) {
    for (const ActivityEntry& entry : record.timeline)
      json.literal(to_json(entry));
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace qp::admin
