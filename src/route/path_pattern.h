// One pattern for paths, and which of two is the more exact one.
//
//   "/a/b"        exact      this path
//   "/a/*"        prefix     "/a", "/a/" and everything below
//   "/a/*/b"      segments   a '*' that is not at the end stands for one segment that is not empty
//   "/a/*/b/*"    segments   ... and one at the end for everything below, as in a prefix
//   "/a/**"       rest       what "/a/*" matches, but asked after all others
//   ""            any        everything, "*" of OPTIONS included
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qp::route {

enum class PathKind : uint8_t { exact, prefix, segments, rest, any };  // the more exact first

class PathPattern {
 public:
  explicit PathPattern(std::string_view text);

  bool matches(std::string_view path) const;
  PathKind kind() const { return kind_; }
  // The pattern without the star at its end, in the normalised form of paths: "/a" of "/a/*".
  const std::string& fixed() const { return fixed_; }
  // Of the same kind the one with more literal text is the more exact one, then the one without a star at its
  // end.
  bool is_more_exact_than(const PathPattern& other) const;
  bool operator==(const PathPattern&) const = default;

 private:
  PathKind kind_ = PathKind::any;
  bool is_open_ = true;  // what follows `fixed_` doesn't matter
  std::string fixed_;    // may hold '*' segments if kind_ is segments or rest
  size_t literal_bytes_ = 0;
};

}  // namespace qp::route
