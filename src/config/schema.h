// The table of everything that can be configured: each key with its sentence, its type and its bounds, once.
//
// describe() walks over a Config and shows every member to a Visitor. Loading, dumping (-T), the reference
// page and the example file are visitors, so a key that is added here is added everywhere.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/value.h"

namespace qp::config {

class Visitor;

enum class Need { optional, required };

/// Whether fields are hidden in a dump that strangers may see.
enum class Secrecy { by_name, always };

struct Key {
  std::string_view name;
  std::string_view doc;  // a sentence or two
  Need need = Need::optional;
  Secrecy secrecy = Secrecy::by_name;
};

/// Shows the members of one structure to a visitor.
using Section = std::function<void(Visitor&)>;

/// A list whose items are a Value or a Section.
template <typename Item>
struct List {
  std::function<std::size_t()> size;
  std::function<void()> clear;  // a list in the file takes the place of the default
  std::function<void()> append;
  std::function<Item(std::size_t)> at;
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void value(const Key& key, const Value& value) = 0;
  virtual void values(const Key& key, const List<Value>& list) = 0;
  virtual void section(const Key& key, const Section& section) = 0;
  virtual void sections(const Key& key, const List<Section>& list) = 0;
  virtual void fields(const Key& key, std::vector<HeaderField>& fields) = 0;

  /// Shall a section that may be absent be visited? `present` says whether the Config holds it now.
  virtual bool wants(const Key& key, bool present) = 0;
};

void describe(Visitor& visitor, Config& config);

// schema.cc
void describe(Visitor& visitor, Backend& backend);
void describe(Visitor& visitor, BackendTls& tls);
void describe(Visitor& visitor, Retry& retry);
void describe(Visitor& visitor, Telemetry& telemetry);
void describe(Visitor& visitor, Metrics& metrics);
void describe(Visitor& visitor, Tracing& tracing);
void describe(Visitor& visitor, Logging& logging);
void describe(Visitor& visitor, AccessLog& log);
// schema_server.cc
void describe(Visitor& visitor, Server& server);
void describe(Visitor& visitor, ServerTls& tls);
void describe(Visitor& visitor, Certificate& certificate);
void describe(Visitor& visitor, Quic& quic);
void describe(Visitor& visitor, RoutableIds& ids);
void describe(Visitor& visitor, Limits& limits);
void describe(Visitor& visitor, Pool& pool);
void describe(Visitor& visitor, Timeouts& timeouts);
void describe(Visitor& visitor, RouteTimeouts& timeouts);
void describe(Visitor& visitor, AltSvc& alt_svc);
// schema_health.cc
void describe(Visitor& visitor, HealthCheck& check);
void describe(Visitor& visitor, Health& health);
// schema_control.cc
void describe(Visitor& visitor, Control& control);
void describe(Visitor& visitor, ControlLinks& links);
void describe(Visitor& visitor, Docker& docker);
void describe(Visitor& visitor, OutlierDetection& detection);
// schema_drill.cc
void describe(Visitor& visitor, DrillPlan& plan);
void describe(Visitor& visitor, DrillLoad& load);
void describe(Visitor& visitor, DrillFault& fault);
void describe(Visitor& visitor, DrillBefore& before);
void describe(Visitor& visitor, DrillDuring& during);
void describe(Visitor& visitor, DrillAfter& after);
void describe(Visitor& visitor, DrillAbort& abort);
// schema_balancer.cc
void describe(Visitor& visitor, LoadBalancer& balancer);
void describe(Visitor& visitor, HashOn& hash_on);
void describe(Visitor& visitor, Sticky& sticky);
// schema_route.cc
void describe(Visitor& visitor, Route& route);
void describe(Visitor& visitor, Match& match);
void describe(Visitor& visitor, HeaderRules& rules);
void describe(Visitor& visitor, HeaderChanges& changes);
void describe(Visitor& visitor, Rewrite& rewrite);
void describe(Visitor& visitor, Redirect& redirect);

template <typename T>
Section section_of(T& target) {
  return [&target](Visitor& visitor) { describe(visitor, target); };
}

/// Sections in a vector; a new one starts as a copy of `fresh`.
template <typename T>
List<Section> sections_of(std::vector<T>& target, T fresh = {}) {
  return {.size = [&target] { return target.size(); },
          .clear = [&target] { target.clear(); },
          .append = [&target, fresh] { target.push_back(fresh); },
          .at = [&target](std::size_t i) { return section_of(target[i]); }};
}

/// Values in a vector, each of them described by `make`.
template <typename T>
List<Value> values_of(std::vector<T>& target, Value (*make)(T&)) {
  return {.size = [&target] { return target.size(); },
          .clear = [&target] { target.clear(); },
          .append = [&target] { target.emplace_back(); },
          .at = [&target, make](std::size_t i) { return make(target[i]); }};
}

template <typename T>
void optional_section(Visitor& visitor, const Key& key, std::optional<T>& target) {
  if (!visitor.wants(key, target.has_value())) return;
  if (!target) target.emplace();
  visitor.section(key, section_of(*target));
}

}  // namespace qp::config
