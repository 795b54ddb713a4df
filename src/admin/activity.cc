#include "admin/activity.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/timestamp.h"

namespace qp::admin {

namespace {

std::string_view name_of(ActivityEntry::Kind kind) {
  using Kind = ActivityEntry::Kind;
  switch (kind) {
    case Kind::health: return "health";
    case Kind::ejection: return "ejection";
    case Kind::retry: return "retry";
    case Kind::operation: return "operator";
    case Kind::driver: return "driver";
    case Kind::load: return "load";
    case Kind::drill: return "drill";
    case Kind::config: return "config";
    case Kind::proxy: return "proxy";
  }
  std::unreachable();
}

}  // namespace

std::string to_json(const ActivityEntry& entry) {
  Timestamp timestamp;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("id", entry.id);
  json.field("time", timestamp.rfc3339(entry.time));
  json.field("kind", name_of(entry.kind));
  json.field("level", qp::name_of(entry.level));
  json.field("backend", entry.backend);
  json.field("message", entry.message);
  json.field("detail", entry.detail);
  json.end_object();
  return text;
}

void write_line(Log& log, const ActivityEntry& entry) {
  using Kind = ActivityEntry::Kind;
  constexpr Kind kLogged[] = {Kind::operation, Kind::driver, Kind::load, Kind::drill};
  if (std::ranges::find(kLogged, entry.kind) == std::end(kLogged)) return;
  log.line(entry.level, entry.message).field("backend", entry.backend).field("detail", entry.detail);
}

void Activity::add(ActivityEntry entry) {
  entry.id = ++last_id_;
  if (entries_.size() == kEntriesMax) entries_.pop_front();
  entries_.push_back(std::move(entry));
  told_(entries_.back());
}

void Activity::visit(uint64_t after, const std::function<void(const ActivityEntry&)>& visitor) const {
  const bool is_known = after <= last_id_;
  for (const ActivityEntry& entry : entries_) {
    if (!is_known || entry.id > after) visitor(entry);
  }
}

}  // namespace qp::admin
