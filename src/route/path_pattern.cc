#include "route/path_pattern.h"

#include <algorithm>
#include <tuple>

#include "http/uri.h"

namespace qp::route {

namespace {

// Takes the first segment off a path that begins with '/'.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool is_below(std::string_view path, std::string_view fixed) {
  return path.starts_with(fixed) && (path.size() == fixed.size() || path[fixed.size()] == '/');
}

}  // namespace

PathPattern::PathPattern(std::string_view text) {
  if (text.empty()) return;
  kind_ = PathKind::exact;
  is_open_ = false;
  if (text.ends_with("/**")) {
    kind_ = PathKind::rest;
    text.remove_suffix(3);
  } else if (text.ends_with("/*")) {
    kind_ = PathKind::prefix;
    text.remove_suffix(2);
  }
  is_open_ = kind_ != PathKind::exact;

  // Requests come normalised; a pattern that can't be is left as it is and meets none of them.
  fixed_ = text.empty() ? std::string() : http::normalise_path(text).value_or(std::string(text));
  size_t stars = 0;
  for (std::string_view rest = fixed_; !rest.empty();)
    stars += take_segment(rest) == "*" ? 1 : 0;
  literal_bytes_ = fixed_.size() - stars;
  if (stars > 0 && kind_ != PathKind::rest) kind_ = PathKind::segments;
}

bool PathPattern::matches(std::string_view path) const {
  switch (kind_) {
    case PathKind::exact: return path == fixed_;
    case PathKind::prefix: return path.starts_with('/') && is_below(path, fixed_);
    case PathKind::any: return true;
    case PathKind::segments:
    case PathKind::rest: break;
  }
  if (!path.starts_with('/')) return false;
  for (std::string_view wanted = fixed_; !wanted.empty();) {
    if (path.empty()) return false;
    const std::string_view want = take_segment(wanted);
    const std::string_view have = take_segment(path);
    if (want == "*" ? have.empty() : want != have) return false;
  }
  return is_open_ || path.empty();
}

bool PathPattern::is_more_exact_than(const PathPattern& other) const {
  return std::tuple(kind_, other.literal_bytes_, is_open_) <
         std::tuple(other.kind_, literal_bytes_, other.is_open_);
}

}  // namespace qp::route
