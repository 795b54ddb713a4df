#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kTitleBytesMax = 128;
constexpr std::size_t kDescriptionBytesMax = 1024;
constexpr std::size_t kPathBytesMax = 1024;
constexpr std::uint32_t kRequestsMax = 1'000'000;

constexpr Choice<DrillAction> kActions[] = {{"crash", DrillAction::crash},
                                            {"stop", DrillAction::stop},
                                            {"drain", DrillAction::drain},
                                            {"restart", DrillAction::restart}};

Parsed<std::string> parse_bounded(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max)
    return std::unexpected("this is " + std::to_string(text.size()) + " bytes long");
  return parse_plain(text);
}

Parsed<std::string> parse_title(std::string_view text) {
  return parse_bounded(text, kTitleBytesMax);
}

Parsed<std::string> parse_description(std::string_view text) {
  return parse_bounded(text, kDescriptionBytesMax);
}

Parsed<std::string> parse_load_path(std::string_view text) {
  if (const auto bounded = parse_bounded(text, kPathBytesMax); !bounded) return bounded;
  return parse_request_path(text);
}

/// How long a step of a drill may last.
Range<Duration> bounds(minutes max) {
  return {.min = seconds(1), .max = max};
}

Value p99(Duration& target) {
  return duration_or_off(target, {.min = milliseconds(1), .max = minutes(1)});
}

}  // namespace

void describe(Visitor& v, DrillPlan& plan) {
  v.value({"name", "What it is called in commands and logs.", Need::required},
          text(plan.name, parse_name, "letters, digits, \"-\", \"_\" and \".\""));
  v.value({"title", "What it is called on the page; without one, its name."},
          text(plan.title, parse_title, "a text of at most 128 bytes"));
  v.value({"description", "What it shows, in a sentence or two."},
          text(plan.description, parse_description, "a text of at most 1024 bytes"));
  v.value({"failed_requests_max", "So many requests of its load may fail, from beginning to end."},
          count(plan.failed_requests_max, {0, kRequestsMax}));
  v.section({"load", "The clients: requests over HTTP/3 to the proxy's own listener."},
            section_of(plan.load));
  v.section(
      {"before", "The steady state. Where it does not hold, nothing is broken and the drill has failed."},
      section_of(plan.before));
  v.section({"fault", "What is broken."}, section_of(plan.fault));
  v.section({"during", "What has to hold while it is broken."}, section_of(plan.during));
  v.section({"after", "What has to hold once the fault is undone."}, section_of(plan.after));
  v.section({"abort", "When the drill is broken off: its load ends and its fault is undone at once."},
            section_of(plan.abort));
}

void describe(Visitor& v, DrillLoad& load) {
  v.value({"rate", "Requests a second."}, count(load.rate, {1, 1000}));
  v.value({"path", "What they ask for, perhaps with a query."},
          text(load.path, parse_load_path, "a path that begins with \"/\", of at most 1024 bytes"));
}

void describe(Visitor& v, DrillBefore& before) {
  v.value({"lasts", "How long the steady state is watched."}, duration(before.lasts, bounds(minutes(10))));
  v.value({"healthy_backends", "So many take requests at its end."}, minimum_or_off(before.healthy_backends));
  v.value({"success_percent", "Share of the requests that succeed: with a status below 500."},
          count(before.success_percent, {0, 100}));
  v.value({"p99_max", "At its end 99 of 100 requests of the last five seconds are as fast."},
          p99(before.p99_max));
}

void describe(Visitor& v, DrillFault& fault) {
  v.value({"action",
           "`crash` stops a backend with requests under way; `stop` drains it before; `drain` only keeps new "
           "requests away; `restart` drains, stops and starts it. What stopping means is up to the driver."},
          choice(fault.action, kActions));
  v.value({"backend", "Its name; or `first` of the configuration, or `random` among the healthy ones."},
          text(fault.backend, parse_name, "the name of a backend, first or random"));
  v.value({"lasts",
           "How long it is left broken, at least. `auto`: twice as long as checks need to find out, and at "
           "least 5s. Not for `restart`, which ends by itself."},
          duration_or_auto(fault.lasts, bounds(minutes(30))));
}

void describe(Visitor& v, DrillDuring& during) {
  v.value({"shifted_within",
           "By then the backend is out of rotation, and a second has passed in which others served every "
           "request. `auto`: as long as checks need to find out, and 10s more."},
          duration_or_auto(during.shifted_within, bounds(minutes(30))));
  v.value({"p99_max", "99 of 100 requests of the last five seconds are as fast, whenever that is looked at."},
          p99(during.p99_max));
}

void describe(Visitor& v, DrillAfter& after) {
  v.value({"recovered_within",
           "By then the backend is back in rotation. `auto`: as long as checks need to find out, and 10s "
           "more."},
          duration_or_auto(after.recovered_within, bounds(minutes(30))));
  v.value({"lasts", "How long it is watched after that."}, duration(after.lasts, bounds(minutes(10))));
  v.value({"p99_max", "At its end 99 of 100 requests of the last five seconds are as fast."},
          p99(after.p99_max));
}

void describe(Visitor& v, DrillAbort& abort) {
  v.value({"failed_requests_above", "More failed requests than that."},
          count(abort.failed_requests_above, {0, kRequestsMax}));
  v.value({"success_percent_below",
           "Of the requests that were answered in the last five seconds, 20 at least, a smaller share "
           "succeeded."},
          count(abort.success_percent_below, {0, 100}));
}

}  // namespace qp::config
