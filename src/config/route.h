// A route: which requests it takes, who serves them, and what is changed on the way.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/minimum.h"
#include "config/timeouts.h"
#include "config/words.h"

namespace qp::config {

enum class Algorithm {
  round_robin,
  least_connections,
  weighted,
  least_request,
  peak_ewma,
  ring_hash,
  maglev,
};

/// What of a request decides with ring_hash and maglev. Neither of them, or neither in the request: the
/// client's address.
struct HashOn {
  std::string header;  // lower case
  std::string cookie;
  bool operator==(const HashOn&) const = default;
};

enum class SameSite { lax, strict, none };

/// A cookie that keeps a client at the backend that served it first.
struct Sticky {
  bool enabled = false;
  std::string name = "quic-proxy-backend";
  Duration ttl = kOff;  // off: until the browser ends
  std::string path = "/";
  bool secure = true;
  bool http_only = true;
  SameSite same_site = SameSite::lax;
  bool operator==(const Sticky&) const = default;
};

struct LoadBalancer {
  Algorithm algorithm = Algorithm::round_robin;
  HashOn hash_on;
  Sticky sticky;
  Minimum minimum_healthy;  // with fewer than that, unhealthy backends are used too
  Duration slow_start = kOff;
  bool operator==(const LoadBalancer&) const = default;
};

/// What a request may be tried again for (docs/resilience.md).
enum class RetryOn { connect_failure, refused, stale, reset, timeout, status_502, status_503, status_504 };

struct Retry {
  std::uint32_t attempts = 3;  // in all, the first one included
  std::vector<RetryOn> on = {RetryOn::connect_failure, RetryOn::refused, RetryOn::stale, RetryOn::reset};
  Duration per_try_timeout = kOff;  // from an attempt's beginning to the head of its response
  double budget = 0.2;              // share of a worker's open requests of the route that may be retries
  std::uint32_t budget_requests_min = 10;          // so many may be in any case
  std::uint32_t budget_saved_requests_max = 1000;  // so many more, saved up by requests that needed no retry
  std::uint64_t body_bytes_max = 256 * 1024;       // of a request, kept to be sent again
  bool operator==(const Retry&) const = default;
};

/// Which requests a route takes. An empty member matches everything.
struct Match {
  std::string host;                  // lower case; exact or "*.example.com"
  std::string path;                  // exact, "/api/*", "/users/*/posts", "/static/**"
  std::vector<std::string> methods;  // upper case
  bool operator==(const Match&) const = default;
};

struct HeaderField {
  std::string name;  // lower case
  std::string value;
  bool operator==(const HeaderField&) const = default;
};

/// Changes to the fields of one head, in this order: remove, set, add.
struct HeaderChanges {
  std::vector<HeaderField> set;
  std::vector<HeaderField> add;
  std::vector<std::string> remove;  // lower case
  bool operator==(const HeaderChanges&) const = default;
};

struct HeaderRules {
  HeaderChanges request;
  HeaderChanges response;
  bool operator==(const HeaderRules&) const = default;
};

/// Changes to the request's target before it goes to a backend; the query stays. Either `path` alone, or
/// strip_prefix and then add_prefix.
struct Rewrite {
  std::string path;
  std::string strip_prefix;
  std::string add_prefix;
  std::string host;  // sent instead of the client's
  bool operator==(const Rewrite&) const = default;
};

/// An answer by the proxy itself. `to` may hold {host}, {path} and {uri} (path and query) of the request.
struct Redirect {
  std::string to;
  std::uint16_t status = 308;
  bool operator==(const Redirect&) const = default;
};

struct Route {
  std::string name;  // for logs; load() makes one of host and path where the file gives none
  Match match;
  std::vector<std::string> backends;  // by name; empty: all
  LoadBalancer load_balancer;         // starts as the global one
  Retry retry;                        // starts as the global one
  RouteTimeouts timeouts;             // start as server.timeouts
  HeaderRules headers;
  std::optional<Rewrite> rewrite;
  std::optional<Redirect> redirect;
  bool operator==(const Route&) const = default;
};

}  // namespace qp::config
