#include "config/validate_balancer.h"

#include <fmt/format.h>

namespace qp::config {

namespace {

bool hashes(Algorithm algorithm) {
  return algorithm == Algorithm::ring_hash || algorithm == Algorithm::maglev;
}

/// One load_balancer section. What equals the inherited value was complained about where it was written
/// first: a dump writes down in each route what the route has inherited, and has to load.
class BalancerValidator {
 public:
  BalancerValidator(std::string path, const LoadBalancer& inherited, const Marks& marks, Complaints& out)
      : path_(std::move(path)), inherited_(inherited), marks_(marks), out_(out) {}

  void check(const LoadBalancer& balancer, std::size_t backends) {
    if (!marks_.holds(path_)) return;
    check_hash(balancer);
    check_sticky(balancer.sticky);
    check_minimum(balancer.minimum_healthy, backends);
  }

 private:
  void complain(std::string_view key, std::string message, std::string expected) {
    out_.push_back({.mark = marks_.of(path_ + std::string(key)),
                    .message = std::move(message),
                    .expected = std::move(expected)});
  }

  void check_hash(const LoadBalancer& balancer) {
    if (balancer.hash_on == inherited_.hash_on) return;
    if (!hashes(balancer.algorithm) && !marks_.is_wrong(path_ + ".algorithm")) {
      complain(".hash_on", "hash_on is given, and this algorithm does not hash", "ring_hash or maglev");
    }
    if (!balancer.hash_on.header.empty() && !balancer.hash_on.cookie.empty()) {
      complain(".hash_on", "hash_on has a header and a cookie", "one of them");
    }
  }

  /// Browsers refuse such cookies without a word.
  void check_sticky(const Sticky& sticky) {
    if (!sticky.enabled) return;
    if (sticky.same_site == SameSite::none && !sticky.secure) {
      complain(".sticky", "a sticky cookie has same_site none and is not secure", "secure: true");
    }
    const bool is_host = sticky.name.starts_with("__Host-");
    if ((is_host || sticky.name.starts_with("__Secure-")) && !sticky.secure) {
      complain(".sticky", fmt::format("cookie \"{}\" is not secure", sticky.name), "secure: true");
    }
    if (is_host && sticky.path != "/") {
      complain(".sticky", fmt::format("cookie \"{}\" has the path {}", sticky.name, sticky.path),
               "path: \"/\"");
    }
  }

  void check_minimum(const Minimum& minimum, std::size_t backends) {
    if (minimum.is_percent || minimum.value <= backends || minimum == inherited_.minimum_healthy) return;
    complain(
        ".minimum_healthy",
        fmt::format("minimum_healthy ({}) is more than there are backends ({})", minimum.value, backends),
        "fewer, or a share such as 50%");
  }

  std::string path_;
  const LoadBalancer& inherited_;
  const Marks& marks_;
  Complaints& out_;
};

}  // namespace

void validate_balancers(const Config& config, const Marks& marks, Complaints& out) {
  BalancerValidator("load_balancer", LoadBalancer(), marks, out)
      .check(config.load_balancer, config.backends.size());
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    const std::size_t backends = route.backends.empty() ? config.backends.size() : route.backends.size();
    BalancerValidator(fmt::format("routes[{}].load_balancer", i), config.load_balancer, marks, out)
        .check(route.load_balancer, backends);
  }
}

}  // namespace qp::config
