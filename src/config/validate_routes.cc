#include "config/validate_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/spelling.h"

namespace qp::config {

namespace {

class RouteValidator {
 public:
  RouteValidator(const Config& config, const Marks& marks, Complaints& out)
      : config_(config), marks_(marks), out_(out) {
    for (const Backend& backend : config.backends) {
      if (!backend.name.empty()) backend_names_.push_back(backend.name);
    }
  }

  void check() {
    check_retry("retry", config_.retry);
    for (std::size_t i = 0; i < config_.routes.size(); ++i) {
      const Route& route = config_.routes[i];
      const std::string path = fmt::format("routes[{}]", i);
      check_name(path, route);
      check_match(path, route.match);
      check_backends(path, route);
      if (route.retry != config_.retry) check_retry(path + ".retry", route.retry);
      if (route.redirect) check_redirect(path, route);
      if (route.rewrite) check_rewrite(path, *route.rewrite);
      check_changes(path + ".headers.request", route.headers.request);
      check_changes(path + ".headers.response", route.headers.response);
    }
  }

 private:
  void complain(const std::string& path, std::string message, std::string expected) {
    out_.push_back({.mark = marks_.of(path), .message = std::move(message), .expected = std::move(expected)});
  }

  /// Two names that load() made are the same exactly when the matches are, which is complained about there.
  void check_name(const std::string& path, const Route& route) {
    const auto [first, fresh] = names_.emplace(route.name, path);
    if (fresh || (!marks_.holds(path + ".name") && !marks_.holds(first->second + ".name"))) return;
    complain(path + ".name",
             fmt::format("route \"{}\" is given twice; the first is in line {}", route.name,
                         marks_.of(first->second).line),
             "a name for each");
  }

  void check_match(const std::string& path, const Match& match) {
    if (marks_.is_wrong(path + ".match")) return;
    std::vector<std::string> methods = match.methods;
    std::ranges::sort(methods);
    if (const auto twin = std::ranges::adjacent_find(methods); twin != methods.end()) {
      complain(path + ".match.methods", fmt::format("method {} is given twice", *twin), "each method once");
    }
    std::string key = fmt::format("{} {} {}", fmt::join(methods, ","), match.host, match.path);
    const auto [first, fresh] = matches_.emplace(std::move(key), path);
    if (fresh) return;
    complain(path + ".match",
             fmt::format("{} matches the same requests as {} in line {}", path, first->second,
                         marks_.of(first->second).line),
             "a host, path or method that differs");
  }

  void check_backends(const std::string& path, const Route& route) {
    for (std::size_t i = 0; i < route.backends.size(); ++i) {
      const std::string& name = route.backends[i];
      const std::string item = fmt::format("{}.backends[{}]", path, i);
      if (name.empty()) continue;  // load() has complained
      const auto end = route.backends.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(route.backends.begin(), end, name) != end) {
        complain(item, fmt::format("backend \"{}\" is given twice in this route", name), "each backend once");
      } else if (std::ranges::find(backend_names_, name) == backend_names_.end()) {
        complain(item, fmt::format("there is no backend \"{}\"{}", name, suggestion(name, backend_names_)),
                 choices(backend_names_));
      }
    }
  }

  void check_retry(const std::string& path, const Retry& retry) {
    const bool is_given = std::ranges::find(retry.on, RetryOn::timeout) != retry.on.end();
    if (retry.per_try_timeout == kOff || is_given || marks_.is_wrong(path)) return;
    const std::string key = path + ".per_try_timeout";
    complain(marks_.holds(key) ? key : path + ".on",
             fmt::format("{} is set, but timeout is not among the reasons in {}.on", key, path),
             "timeout in the list, or per_try_timeout: off");
  }

  void check_redirect(const std::string& path, const Route& route) {
    if (route.rewrite) {
      complain(path + ".rewrite", fmt::format("{} has a rewrite and a redirect", path), "one of them");
    }
    if (!route.backends.empty()) {
      complain(path + ".backends", fmt::format("{} has backends and a redirect", path),
               "one of them: a redirect asks no backend");
    }
  }

  void check_rewrite(const std::string& path, const Rewrite& rewrite) {
    if (marks_.is_wrong(path + ".rewrite")) return;
    const bool prefix = !rewrite.strip_prefix.empty() || !rewrite.add_prefix.empty();
    if (!rewrite.path.empty() && prefix) {
      complain(path + ".rewrite.path", "a rewrite has a whole path and a prefix",
               "path, or strip_prefix and add_prefix");
    }
    if (rewrite == Rewrite{}) {
      complain(path + ".rewrite", "a rewrite changes nothing", "path, strip_prefix, add_prefix or host");
    }
  }

  void check_changes(const std::string& path, const HeaderChanges& changes) {
    for (std::size_t i = 0; i < changes.remove.size(); ++i) {
      const std::string& name = changes.remove[i];
      const bool also_set =
          std::ranges::any_of(changes.set, [&](const HeaderField& f) { return f.name == name; });
      if (name.empty() || !also_set) continue;
      complain(fmt::format("{}.remove[{}]", path, i), fmt::format("field {} is both removed and set", name),
               "one of them: setting a field replaces it");
    }
  }

  const Config& config_;
  const Marks& marks_;
  Complaints& out_;
  std::vector<std::string_view> backend_names_;
  std::map<std::string, std::string> names_;    // route name -> path of its first use
  std::map<std::string, std::string> matches_;  // canonical match -> path of its first use
};

}  // namespace

void validate_routes(const Config& config, const Marks& marks, Complaints& out) {
  RouteValidator(config, marks, out).check();
}

}  // namespace qp::config
