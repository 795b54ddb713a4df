#include "route/route_table.h"

#include <algorithm>

namespace qp::route {

namespace {

bool allows(const std::vector<std::string>& methods, std::string_view method) {
  return methods.empty() || std::ranges::any_of(methods, [method](const std::string& allowed) {
           return allowed == method || (allowed == "GET" && method == "HEAD");
         });
}

// The union of all methods that would have been right, in the order of the routes.
class Allow {
 public:
  void add(const std::vector<std::string>& methods) {
    for (const std::string& method : methods) {
      add(method);
      if (method == "GET") add("HEAD");
    }
  }
  std::string text() const {
    std::string out;
    for (const std::string_view method : methods_)
      out.append(out.empty() ? "" : ", ").append(method);
    return out;
  }

 private:
  void add(std::string_view method) {
    if (std::ranges::find(methods_, method) == methods_.end()) methods_.push_back(method);
  }
  std::vector<std::string_view> methods_;  // of the route table
};

}  // namespace

RouteTable::RouteTable(std::span<const Match> routes) {
  for (size_t i = 0; i < routes.size(); ++i) {
    const std::string& host = routes[i].host;
    const bool is_wildcard = host.starts_with("*.");
    PathTable& paths = host.empty() ? any_host_ : is_wildcard ? wildcards_[host.substr(1)] : hosts_[host];
    paths.add(routes[i].path, i);
    methods_.push_back(routes[i].methods);
  }
  any_host_.seal();
  for (auto& [host, paths] : hosts_)
    paths.seal();
  for (auto& [host, paths] : wildcards_)
    paths.seal();
}

Found RouteTable::find(const http::Target& target, std::string_view method) const {
  Found found;
  Allow allow;
  const auto take = [&](size_t route) {
    if (!allows(methods_[route], method)) {
      allow.add(methods_[route]);
      return false;
    }
    found = {.outcome = Outcome::found, .route = route, .allow = {}};
    return true;
  };
  const auto is_in = [&](const Hosts& hosts, std::string_view host) {
    const auto paths = hosts.find(host);
    return paths != hosts.end() && paths->second.visit(target.path, take);
  };

  const std::string_view host = target.authority.host;
  if (!hosts_.empty() && is_in(hosts_, host)) return found;
  if (!wildcards_.empty()) {
    for (size_t dot = host.find('.', 1); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
      if (is_in(wildcards_, host.substr(dot))) return found;
    }
  }
  if (any_host_.visit(target.path, take)) return found;

  found.allow = allow.text();
  found.outcome = found.allow.empty() ? Outcome::not_found : Outcome::method_not_allowed;
  return found;
}

}  // namespace qp::route
