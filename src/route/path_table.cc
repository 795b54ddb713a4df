#include "route/path_table.h"

#include <algorithm>

namespace qp::route {

void PathTable::add(std::string_view text, size_t route) {
  PathPattern pattern(text);
  if (pattern.kind() == PathKind::exact) {
    exact_[pattern.fixed()].push_back(route);
    return;
  }
  std::vector<Entry>& entries = pattern.kind() == PathKind::prefix ? prefixes_ : others_;
  const auto same = std::ranges::find(entries, pattern, &Entry::pattern);
  if (same != entries.end()) {
    same->routes.push_back(route);
  } else {
    entries.push_back({.pattern = std::move(pattern), .routes = {route}});
  }
}

void PathTable::seal() {
  std::ranges::stable_sort(
      others_, [](const Entry& a, const Entry& b) { return a.pattern.is_more_exact_than(b.pattern); });

  std::ranges::sort(prefixes_, {}, [](const Entry& entry) { return entry.pattern.fixed(); });
  for (size_t i = 1; i < prefixes_.size(); ++i) {
    size_t parent = i - 1;
    while (parent != kNone && !prefixes_[i].pattern.fixed().starts_with(prefixes_[parent].pattern.fixed())) {
      parent = prefixes_[parent].parent;
    }
    prefixes_[i].parent = parent;
  }
}

size_t PathTable::longest_prefix(std::string_view path) const {
  const auto after = std::ranges::upper_bound(
      prefixes_, path, {}, [](const Entry& entry) { return std::string_view(entry.pattern.fixed()); });
  return after == prefixes_.begin() ? kNone : static_cast<size_t>(after - prefixes_.begin()) - 1;
}

}  // namespace qp::route
