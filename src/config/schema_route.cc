#include "config/schema.h"
#include "config/syntax.h"

namespace qp::config {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Choice<RetryOn> kRetryOn[] = {{"connect_failure", RetryOn::connect_failure},
                                        {"refused", RetryOn::refused},
                                        {"stale", RetryOn::stale},
                                        {"reset", RetryOn::reset},
                                        {"timeout", RetryOn::timeout},
                                        {"502", RetryOn::status_502},
                                        {"503", RetryOn::status_503},
                                        {"504", RetryOn::status_504}};

constexpr Choice<std::uint16_t> kRedirectStatuses[] = {
    {"301", 301}, {"302", 302}, {"303", 303}, {"307", 307}, {"308", 308}};

Value method(std::string& target) {
  return text(target, parse_method, "a method such as GET or POST");
}

Value field_name(std::string& target) {
  return text(target, parse_field_name, "the name of an end-to-end header field, such as X-Team");
}

Value retry_on(RetryOn& target) {
  return choice(target, kRetryOn);
}

Value backend_name(std::string& target) {
  return text(target, parse_name, "the name of a backend");
}

}  // namespace

void describe(Visitor& v, Match& match) {
  v.value({"host", "Exact host, or \"*.example.com\" for everything below it; empty: every host."},
          text(match.host, parse_host_pattern, "a host such as example.com or *.example.com"));
  v.value({"path",
           "Exact path; \"/api/*\" for everything below a prefix; \"*\" for one segment in the middle; "
           "\"**\" at the end for "
           "any rest. Empty: every path."},
          text(match.path, parse_path_pattern,
               "a path such as \"/exact\", \"/prefix/*\", \"/users/*/posts\" or \"/files/**\""));
  v.values({"methods", "Request methods; empty: every method."},
           values_of<std::string>(match.methods, method));
}

void describe(Visitor& v, HeaderChanges& changes) {
  v.fields({"set", "Fields that get this value, whatever was there before."}, changes.set);
  v.fields({"add", "Fields that are added to what is there."}, changes.add);
  v.values({"remove", "Fields that are taken out, before the others are set and added."},
           values_of<std::string>(changes.remove, field_name));
}

void describe(Visitor& v, HeaderRules& rules) {
  v.section({"request", "Changes on the way to the backend."}, section_of(rules.request));
  v.section({"response", "Changes on the way to the client."}, section_of(rules.response));
}

void describe(Visitor& v, Rewrite& rewrite) {
  constexpr std::string_view path = "a path that begins with \"/\", without query";
  v.value({"path", "Path that the backend sees instead of the client's."},
          text(rewrite.path, parse_optional_path, path));
  v.value({"strip_prefix", "Taken off the front of the path."},
          text(rewrite.strip_prefix, parse_optional_path, path));
  v.value({"add_prefix", "Put before the path, after strip_prefix."},
          text(rewrite.add_prefix, parse_optional_path, path));
  v.value({"host", "Host that the backend sees instead of the client's."},
          text(rewrite.host, parse_authority, "a host such as example.com or example.com:8080"));
}

void describe(Visitor& v, Redirect& redirect) {
  v.value({"to",
           "Where to: a URL or a path, in which {host}, {path} and {uri} (path and query) are the request's.",
           Need::required},
          text(redirect.to, parse_redirect_target,
               "a target such as \"https://{host}{uri}\" with no placeholder but {host}, {path} and {uri}"));
  v.value({"status", "Status code of the answer."}, choice(redirect.status, kRedirectStatuses));
}

void describe(Visitor& v, Retry& retry) {
  v.value({"attempts", "How often a request may be sent to a backend, the first time included."},
          count(retry.attempts, {1, 16}));
  v.values(
      {"on",
       "What is tried again: no connection (connect_failure), a request refused unread (refused), an idle "
       "connection that had ended (stale), a connection that breaks before the response (reset), a "
       "backend that is too slow (timeout), a status. But for the first two, only idempotent methods."},
      values_of<RetryOn>(retry.on, retry_on));
  v.value({"per_try_timeout",
           "Another backend is asked if the head of the response takes longer from where the request was "
           "sent; needs timeout in the list above."},
          duration_or_off(retry.per_try_timeout, {milliseconds(1), hours(24)}));
  v.value({"budget", "Share of a worker's open requests of the route that may be retries at the same time."},
          ratio(retry.budget));
  v.value({"budget_requests_min", "So many may be retries however few requests are open."},
          count(retry.budget_requests_min, {0, 1'000'000}));
  v.value({"budget_saved_requests_max",
           "So many more may be retries for a moment, as when a backend dies with all that it has under way; "
           "each request that needs none saves the share of one."},
          count(retry.budget_saved_requests_max, {0, 1'000'000}));
  v.value({"body_bytes_max",
           "A request is not tried again once more of its body has come; the rest must fit into "
           "server.limits.stream_buffer_bytes_max too."},
          size(retry.body_bytes_max, {0, 64 * 1024 * 1024}));
}

void describe(Visitor& v, Route& route) {
  v.value({"name", "For logs; empty: made of methods, host and path."},
          text(route.name, parse_plain, "a text without control characters"));
  v.section({"match", "Which requests. Of several routes that match, the most exact one is taken."},
            section_of(route.match));
  v.values({"backends", "Names of the backends that serve it; empty: all of them."},
           values_of<std::string>(route.backends, backend_name));
  v.section({"load_balancer", "How to choose among them; starts as the global load_balancer."},
            section_of(route.load_balancer));
  v.section({"retry", "When they are tried again; starts as the global retry."}, section_of(route.retry));
  v.section({"timeouts", "Timeouts of these requests; they start as server.timeouts."},
            section_of(route.timeouts));
  v.section({"headers", "Changes to header fields."}, section_of(route.headers));
  optional_section(
      v, {"rewrite", "Changes to the request's target before it goes to a backend; the query stays."},
      route.rewrite);
  optional_section(v, {"redirect", "Answers with a redirect instead of asking a backend."}, route.redirect);
}

}  // namespace qp::config
