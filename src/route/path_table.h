// The routes of one host by path, asked from the most exact pattern to the least exact one.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "route/path_pattern.h"

namespace qp::route {

struct TextHash {  // for lookup by view
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class PathTable {
 public:
  // Routes are added in the order in which they were written.
  void add(std::string_view pattern, size_t route);
  // Orders what was added; once, before visit().
  void seal();

  // Calls take(route) for each route that matches, until one returns true; returns whether one did.
  template <typename Take>
  bool visit(std::string_view path, Take take) const {
    if (const auto found = exact_.find(path); found != exact_.end() && any_of(found->second, take))
      return true;
    for (size_t i = longest_prefix(path); i != kNone; i = prefixes_[i].parent) {
      if (prefixes_[i].pattern.matches(path) && any_of(prefixes_[i].routes, take)) return true;
    }
    for (const Entry& entry : others_) {
      if (entry.pattern.matches(path) && any_of(entry.routes, take)) return true;
    }
    return false;
  }

 private:
  using Routes = std::vector<size_t>;
  static constexpr size_t kNone = static_cast<size_t>(-1);

  struct Entry {
    PathPattern pattern;
    Routes routes;
    size_t parent = kNone;  // prefixes: the longest other one whose text this one's begins with
  };

  template <typename Take>
  static bool any_of(const Routes& routes, Take& take) {
    for (const size_t route : routes) {
      if (take(route)) return true;
    }
    return false;
  }
  size_t longest_prefix(std::string_view path) const;

  std::unordered_map<std::string, Routes, TextHash, std::equal_to<>> exact_;
  std::vector<Entry>
      prefixes_;  // sorted by text; every prefix of a path is its predecessor there or an ancestor of it
  std::vector<Entry> others_;  // sorted by exactness
};

}  // namespace qp::route
